import type { Stack } from "@pulumi/pulumi/automation";

/** Asks platforms through the engine, so that the stack's own providers and credentials are used. */
export async function askStack<T>(stack: Stack, question: () => Promise<T>): Promise<T> {
  let answer: { value: T } | undefined;
  const program = async () => {
    answer = { value: await question() };
    // A program that ends well without registering anything would make a plan to delete everything.
    throw new Error("every question was answered; nothing is planned");
  };
  try {
    await stack.preview({ program });
  } catch (error) {
    if (answer === undefined) throw error;
  }
  if (answer === undefined) throw new Error("the engine ended before the platforms were asked");
  return answer.value;
}
