import { isSince, lostKeyword } from "../host";
import type { Conf } from "../state";
import { type Keyword, type Keywords, whileAlive } from "../stream";

/**
 * The block that is being read. Up to 2.2 it is in its list from its first line on, and a keyword
 * without a block writes into the one before. Later it gets there at its end, and such a keyword is
 * passed over.
 */
export class Current<Block> {
  private block: Block | undefined;
  private readonly late: boolean;

  /**
   * @param list what is defined of the kind
   * @param what its word in messages
   */
  constructor(
    conf: Conf,
    private readonly list: Block[],
    private readonly what: string,
  ) {
    this.late = isSince("2.3", conf.host);
  }

  open(block: Block): void {
    if (this.late) this.block = block;
    else this.list.push(block);
  }

  get now(): Block {
    const block = this.late ? this.block : this.list.at(-1);
    if (block === undefined) throw lostKeyword(this.what);
    return block;
  }

  /**
   * @param head what the block's own line does
   * @param keywords what may stand in it
   * @param keeps whether it is kept once it is read
   */
  keyword(head: Keyword["run"], keywords: Keywords, keeps: (block: Block) => boolean): Keyword {
    const lives = () => this.block !== undefined;
    return {
      ...(head && { run: head }),
      block: this.late ? whileAlive(keywords, lives) : keywords,
      close: () => this.end(keeps),
    };
  }

  private end(keeps: (block: Block) => boolean): void {
    if (!this.late) {
      const block = this.list.at(-1);
      if (block !== undefined && !keeps(block)) this.list.pop();
      return;
    }
    if (this.block !== undefined && keeps(this.block)) this.list.push(this.block);
    this.block = undefined;
  }
}
