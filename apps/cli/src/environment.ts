import { ignoreLibraryVariables } from '@app/config';

// The first import of main.ts: libraries read their variables when they are loaded.
ignoreLibraryVariables();
