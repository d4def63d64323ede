// Ctrl-C, and a polite kill: what goes on then ends as soon as it may, and tells how far it came.
#pragma once

namespace poolproof::cli {

// From now on they do not end this process.
void catch_interrupts();
// Whether one has come since.
bool is_interrupted();

}  // namespace poolproof::cli
