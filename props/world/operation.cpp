#include "props/world/operation.hpp"

namespace poolproof::world {

std::string_view name(OperationKind kind) {
  switch (kind) {
    case OperationKind::start: return "start";
    case OperationKind::resume: return "resume";
    case OperationKind::lock: return "lock";
    case OperationKind::lock_shared: return "lock_shared";
    case OperationKind::try_lock: return "try_lock";
    case OperationKind::wait: return "wait";
    case OperationKind::signal: return "signal";
    case OperationKind::broadcast: return "broadcast";
    case OperationKind::create: return "create";
    case OperationKind::join: return "join";
    case OperationKind::sleep: return "sleep";
    case OperationKind::yield: return "yield";
    case OperationKind::connect: return "connect";
    case OperationKind::send: return "send";
    case OperationKind::poll: return "poll";
    case OperationKind::close: return "close";
    case OperationKind::clock: return "clock";
    case OperationKind::load: return "load";
    case OperationKind::store: return "store";
    case OperationKind::update: return "update";
  }
  return "?";
}

}  // namespace poolproof::world
