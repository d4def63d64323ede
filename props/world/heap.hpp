// Who hears of the blocks of memory that are handed out inside tasks.
#pragma once

namespace poolproof::world {

// How many there are now who want to: while it is 0, which is nearly always, malloc asks no
// further.
inline constinit thread_local int heap_listeners = 0;

}  // namespace poolproof::world
