// TensorFlow ops of attention.
#include "register-ops.h"
#include <cstdint>
#include "attention.h"
#include "packed-inputs.h"
#include "settings.h"

namespace gatelab {
namespace {

/**
 * The inputs of an op from the i-th on, checked; `call` reads their memory. Queries, keys and values of a self-attention may lie side by side,
 * [N, 3·D], as the queries; then keys and values are empty.
 */
class AttentionInputs {
 public:
  AttentionInputs(const OpRun& run, int i)
      : query_(run.input(i)), key_(run.input(i + 1)), value_(run.input(i + 2)), querySizes_(run.input(i + 3)), keySizes_(run.input(i + 4)),
        keyRows_(run.input(i + 5)), settings_(run.input(i + 6)), stream_(run.input(i + 7)), scale_(run.input(i + 8)),
        places_(run.input(i + 9)), queries_(readSequence(querySizes_, false)), keys_(readSequence(keySizes_, false)) {
    require(settings_.count() == 3 && settings_.data<int32_t>()[0] >= 1,
            "attention needs a number of heads, whether it is causal, and whether queries, keys and values lie side by side");
    require(query_.rank() == 2 && key_.rank() == 2 && query_.dim(0) == queries_.tokens() && (isJoined() || key_.dim(0) == keys_.tokens()),
            "queries and keys must have a row for each token");
    if (isJoined())
      require(query_.dim(1) % 3 == 0 && key_.count() == 0 && value_.count() == 0 && keys_.tokens() == queries_.tokens(),
              "queries, keys and values side by side must be three of a width, for as many tokens");
    else require(query_.dim(1) == key_.dim(1) && value_.shape() == key_.shape(), "queries, keys and values must have as many columns");
    require(width() >= 1 && width() % *settings_.data<int32_t>() == 0, "heads must divide the columns");
    require(stream_.count() == 5 && scale_.count() == 1, "dropout needs five words and a scale");
    const int rows = queries_.maxRows();
    require(places_.count() == 0 || places_.count() == int64_t(rows) * 4, "dropout needs four numbers for each row");
    require(keyRows_.count() == 0 || keyRows_.count() >= rows, "every row of queries needs a row of keys");
    const int32_t* const entries = keyRows();
    for (int row = 0; row < rows; row++)
      require((entries == nullptr ? row : entries[row]) >= 0 && (entries == nullptr ? row : entries[row]) < keys_.maxRows(),
              "every row of queries needs keys");
  }

  AttentionCall call() const {
    const int32_t* const settings = settings_.data<int32_t>();
    const uint32_t* const word = stream_.data<uint32_t>();
    const Parts<const float> parts = partsOf<const float>(query_, key_, value_);
    return {queries_, keys_, keyRows(), settings[0], static_cast<int>(width() / settings[0]), settings[1] != 0,
            parts.query, parts.key, parts.value, query_.dim(1),
            {word[0], word[1], word[2], word[3], word[4], *scale_.data<float>()},
            places_.count() == 0 ? nullptr : places_.data<int32_t>()};
  }

  /** D */
  int64_t width() const { return query_.dim(1) / (isJoined() ? 3 : 1); }
  bool isJoined() const { return settings_.data<int32_t>()[2] != 0; }
  const TensorView& query() const { return query_; }
  const TensorView& key() const { return key_; }
  int64_t tokens() const { return queries_.tokens(); }

  template <class T>
  struct Parts {
    T *query, *key, *value;
  };

  /** Where they lie in tensors like the op's. */
  template <class T>
  Parts<T> partsOf(const TensorView& query, const TensorView& key, const TensorView& value) const {
    T* const first = query.data<T>();
    if (isJoined()) return {first, first + width(), first + 2 * width()};
    return {first, key.data<T>(), value.data<T>()};
  }

 private:
  const int32_t* keyRows() const { return keyRows_.count() == 0 ? nullptr : keyRows_.data<int32_t>(); }

  const TensorView query_, key_, value_, querySizes_, keySizes_, keyRows_, settings_, stream_, scale_, places_;
  const Sequence queries_, keys_;
};

int threadsOf(const AttentionRows& rows, const AttentionCall& call) { return threadsFor(double(rows.countShares()) * call.size); }

void forward(const OpRun& run) {
  const AttentionInputs in(run, 0);
  const TensorView keeps = run.input(10);
  require(keeps.count() == 1, "keeps must be one number");
  const AttentionCall call = in.call();
  const AttentionRows rows(call);
  const bool isKept = *keeps.data<int32_t>() != 0;
  const TensorView mixed = run.output(0, {in.tokens(), in.width()}), shares = run.output(1, {isKept ? rows.countShares() : 0});
  AttentionForward(call, rows, mixed.data<float>(), isKept ? shares.data<float>() : nullptr).run(threadsOf(rows, call));
}

void backward(const OpRun& run) {
  const TensorView dMixed = run.input(0), shares = run.input(1);
  const AttentionInputs in(run, 2);
  const AttentionCall call = in.call();
  const AttentionRows rows(call);
  require(dMixed.hasShape({in.tokens(), in.width()}), "the gradient must be that of the queries");
  require(shares.count() == rows.countShares(), "the shares must be those of the queries");
  const TensorView dQuery = run.output(0, in.query().shape()), dKey = run.output(1, in.key().shape()),
                   dValue = run.output(2, in.key().shape());
  const auto parts = in.partsOf<float>(dQuery, dKey, dValue);
  const AttentionBackward::Gradients to{parts.query, parts.key, parts.value};
  AttentionBackward(call, rows, dMixed.data<float>(), shares.data<float>(), to).run(threadsOf(rows, call));
}

}  // namespace

void registerAttentionOps() {
  const std::vector<const char*> inputs{"query: float",     "key: float",      "value: float",  "query_sizes: int32", "key_sizes: int32",
                                        "key_rows: int32",  "settings: int32", "stream: int32", "scale: float",       "places: int32"};
  std::vector<const char*> forwardInputs = inputs, backwardInputs{"d_mixed: float", "shares: float"};
  forwardInputs.push_back("keeps: int32");
  backwardInputs.insert(backwardInputs.end(), inputs.begin(), inputs.end());
  registerPlain<forward>("GatelabAttention", forwardInputs, {"mixed: float", "shares: float"});
  registerPlain<backward>("GatelabAttentionGrad", backwardInputs, {"d_query: float", "d_key: float", "d_value: float"});
}

}  // namespace gatelab
