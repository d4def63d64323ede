#include "props/world/postgres/host.hpp"

namespace poolproof::world::postgres {

std::optional<Refusal> Host::refusal() const {
  switch (state_) {
    case State::running:
    case State::down: return std::nullopt;
    case State::stopping: return Refusal{"57P03", "the database system is shutting down"};
    case State::starting: return Refusal{"57P03", "the database system is starting up"};
    case State::recovering: return Refusal{"57P03", "the database system is in recovery mode"};
  }
  return std::nullopt;
}

}  // namespace poolproof::world::postgres
