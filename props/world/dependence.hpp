// Which operations depend on each other: two of different tasks that are dependent and meet in the
// other order may go another way; independent ones may change places without anybody noticing.
// What does not depend by its kind does so by its effects: see StepObserver.
#pragma once

#include "props/world/operation.hpp"

namespace poolproof::world {

// What an operation does to its object.
enum class Access : std::uint8_t { none, read, write };

constexpr Access access_of(OperationKind kind) {
  switch (kind) {
    // These have no object; a task is ordered after its creator by its start.
    case OperationKind::start:
    case OperationKind::resume:
    case OperationKind::create:
    case OperationKind::sleep:
    case OperationKind::yield:
    case OperationKind::clock: return Access::none;
    // These leave it as it is. The end of the task that is joined is a write.
    case OperationKind::lock_shared:
    case OperationKind::load:
    case OperationKind::poll:
    case OperationKind::join: return Access::read;
    // Sleepers are served in the order in which they came, so a wait is a write. A try that fails
    // changes nothing, but that is not known before it.
    case OperationKind::lock:
    case OperationKind::try_lock:
    case OperationKind::wait:
    case OperationKind::signal:
    case OperationKind::broadcast:
    case OperationKind::connect:
    case OperationKind::send:
    case OperationKind::close:
    case OperationKind::store:
    case OperationKind::update: return Access::write;
  }
  return Access::write;
}

constexpr bool conflict(Access a, Access b) {
  return a != Access::none && b != Access::none && (a == Access::write || b == Access::write);
}

// Of two different tasks.
constexpr bool depends(const Operation& a, const Operation& b) {
  return a.object != nullptr && a.object == b.object &&
         conflict(access_of(a.kind), access_of(b.kind));
}

}  // namespace poolproof::world
