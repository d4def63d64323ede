// Limits as the adapter's tables have them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "model/config.hpp"

namespace poolproof::check {

// Rounded up; -1: there is none.
inline std::int64_t in_milliseconds(const std::optional<model::Duration>& limit) {
  return limit ? std::chrono::ceil<std::chrono::milliseconds>(*limit).count() : -1;
}

}  // namespace poolproof::check
