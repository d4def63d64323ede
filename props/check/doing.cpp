#include "props/check/doing.hpp"

#include <fmt/format.h>

namespace poolproof::check {
namespace {

using world::OperationKind;

std::string_view whose(world::Context context) {
  if (context == world::kInNoTask) return "the network's";
  switch (static_cast<Doing>(context)) {
    case Doing::own_thread: return "a pool thread's";
    case Doing::caller: return "a caller's own";
    case Doing::acquire: return "acquire's";
    case Doing::query: return "query's";
    case Doing::remark: return "invalidate's or detach's";
    case Doing::release: return "release's";
    case Doing::dispose: return "dispose's";
    case Doing::close: return "close's";
    case Doing::cancel: return "cancel's";
    case Doing::destroy: return "destroy's";
    case Doing::upkeep: return "maintain's";
  }
  return "somebody's";
}

std::string to_text(const world::Deed& deed) {
  const bool in_task = deed.context != world::kInNoTask;
  const std::string_view what = deed.kind != OperationKind::clock ? world::name(deed.kind)
                                : in_task                         ? "deadline"
                                                                  : "event";
  return fmt::format("{} {}", whose(deed.context), what);
}

}  // namespace

std::optional<Doing> doing_after(const Observation& observation) {
  using Kind = Observation::Kind;
  switch (observation.kind) {
    case Kind::acquire_called:
    case Kind::again_called: return Doing::acquire;
    case Kind::query_called: return Doing::query;
    case Kind::remark_called: return Doing::remark;
    case Kind::release_called:
    case Kind::back_called: return Doing::release;
    case Kind::chore_called:
      if (!scenario::retires(observation.chore)) return Doing::upkeep;
      return scenario::closes(observation.chore) ? Doing::close : Doing::dispose;
    case Kind::cancelled:
    case Kind::cancel_called: return Doing::cancel;
    case Kind::acquire_returned:
    case Kind::query_returned:
    case Kind::remark_returned:
    case Kind::release_returned:
    case Kind::again_returned:
    case Kind::back_returned:
    case Kind::chore_returned:
    case Kind::cancel_returned:
    case Kind::returned: return Doing::caller;
    default: return std::nullopt;
  }
}

std::string to_text(const world::Meeting& meeting) {
  return fmt::format("{} before {}", to_text(meeting.first), to_text(meeting.second));
}

}  // namespace poolproof::check
