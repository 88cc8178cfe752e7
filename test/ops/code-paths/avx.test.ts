import { describeCodePath } from './describe-code-path.ts';

describeCodePath('avx');
