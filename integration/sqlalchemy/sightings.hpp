// What random sequences must come across now and then, or else their silence says nothing.
#pragma once

#include <set>
#include <span>
#include <string_view>

#include "model/pool_model.hpp"

namespace poolproof::integration {

struct Passage {
  const model::PoolConfig& config;
  const model::State& before;
  const model::Event& event;
  const model::Step& step;
};

struct Sighting {
  std::string_view name;
  bool (*is_here)(const Passage&);
};

// Everything that is worth looking out for.
std::span<const Sighting> sightings();

}  // namespace poolproof::integration
