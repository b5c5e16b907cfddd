import './environment';
import { ignoreClosedTerminal } from './command-line/output';
import { runProgram } from './command-line/run-program';
import { createProgram } from './program';

ignoreClosedTerminal();
void runProgram(createProgram(), process.argv);
