import "./start/light-resources";
import { program } from "./program";

// Pulumi calls what the program exports and takes the result for the stack's outputs.
export = () => program();
