// Names for addresses of code and data, from the symbol tables of the files that they were loaded
// from: local functions too, unless the file is stripped. For reports, not for speed.
#pragma once

#include <optional>
#include <string>

namespace poolproof::world::memory {

// "Pool::acquire(int)", demangled; "?" if the file does not say.
std::string function_at(const void* code);

// "mine.so+0x1a2b".
std::string place_of(const void* code);

// "`leases` of mine.so", with "+4" after the name of what is larger; nullopt if no loaded file has
// data there.
std::optional<std::string> variable_at(const void* data);

}  // namespace poolproof::world::memory
