export const articleLetters = ['A', 'B', 'C', 'D', 'E'] as const;

/** By this letter the product names an article everywhere. */
export type ArticleLetter = (typeof articleLetters)[number];

/** One of the five articles, all in Chinese, whose figures and claims this project checks. */
export interface Article {
  readonly letter: ArticleLetter;
  /** As it is printed. */
  readonly title: string;
  readonly englishTitle: string;
  /** Null where it is not known. */
  readonly link: string | null;
  /** The claims that it makes, `C1` to `C23`. */
  readonly claims: readonly string[];
}

export const articles: readonly Article[] = [
  {
    letter: 'A', title: 'LSTM 与 GRU 门控机制对比:3 种变体在 PyTorch 中的参数量与收敛速度实测',
    englishTitle: 'LSTM and GRU gates compared: parameters and convergence of three variants measured in PyTorch',
    link: null, claims: ['C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C7', 'C8', 'C9', 'C10'],
  },
  {
    letter: 'B', title: 'RNN、GRU 与 LSTM 计算成本深入对比', englishTitle: 'The computational cost of RNN, GRU and LSTM compared in depth',
    link: 'https://lryc.cn/news/589039.html', claims: ['C11', 'C12', 'C13', 'C14', 'C15'],
  },
  {
    letter: 'C', title: 'RNN 和 Transformer 复杂度比较', englishTitle: 'The complexity of RNN and Transformer compared',
    link: null, claims: ['C16'],
  },
  {
    letter: 'D', title: 'LSTM、GRU 与 Transformer网络模型参数计算', englishTitle: 'Counting the parameters of LSTM, GRU and Transformer networks',
    link: 'https://blog.csdn.net/suixinm/article/details/148856379', claims: ['C17', 'C18', 'C19'],
  },
  {
    letter: 'E', title: '循环神经网络家族技术全解析:RNN、LSTM与GRU对比与实战',
    englishTitle: 'The recurrent family in full: RNN, LSTM and GRU compared and in practice',
    link: null, claims: ['C20', 'C21', 'C22', 'C23'],
  },
];

/** @throws Error for a claim that none of them makes */
export function articleOfClaim(claim: string): Article {
  const article = articles.find(({ claims }) => claims.includes(claim));
  if (article === undefined) throw new Error(`no article makes the claim ${claim}`);
  return article;
}

/** The articles that make these claims, in order. */
export function articlesOfClaims(ids: readonly string[]): Article[] {
  return articles.filter(({ claims }) => claims.some((claim) => ids.includes(claim)));
}
