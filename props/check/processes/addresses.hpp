// Addresses that are the same in every process: what a pool does may depend on them (the order of
// pointers, their hashes).
#pragma once

namespace poolproof::check {

// Starts the program again with address-space randomisation off, if it is on and the system allows
// that. To be called first.
void fix_addresses(char** argv);

// Whether it is off.
bool addresses_are_fixed();

}  // namespace poolproof::check
