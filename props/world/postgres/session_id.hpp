#pragma once

#include <cstdint>

namespace poolproof::world::postgres {

// The process number that a client knows its session by.
enum class SessionId : std::int32_t {};

}  // namespace poolproof::world::postgres
