// In the place of impl/assert.hpp where mutants of our pool are compiled. It would catch many of
// them by its assertions, which other pools do not have: here they are to be caught from outside.
#pragma once

#define POOL_ASSERT(condition, context) static_cast<void>(condition)
