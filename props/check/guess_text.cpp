// What is seen of a run, in words.
#include <fmt/format.h>

#include "props/check/guess.hpp"
#include "props/check/oracle.hpp"

namespace poolproof::check {
namespace {

std::string_view text(PoolCall call, const Known::Call& known) {
  switch (call) {
    case PoolCall::acquire: return "acquire";
    case PoolCall::release: return "release";
    case PoolCall::query: return "query";
    case PoolCall::remark: return scenario::name(known.remark);
    case PoolCall::chore: return scenario::name(known.chore);
    case PoolCall::none: break;
  }
  return "call";
}

std::string_view text(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok: return "with a lease";
    case Outcome::timeout: return "with a TIMEOUT";
    case Outcome::connect_failed: return "with the error of a connect";
    case Outcome::closed: return "with the word that the pool is closed";
    case Outcome::failed: return "with an error";
    case Outcome::cancelled: return "called off";
    case Outcome::in_use: return "with the word that the connection is in use";
  }
  return "?";
}

}  // namespace

std::string to_string(const Sight& sight, const Known& known) {
  using Kind = Sight::Kind;
  const std::string caller = fmt::format("caller {}", sight.caller + 1);
  const Known::Call& call =
      sight.kind == Kind::call_begins ? sight.call : known.calls[sight.caller];
  switch (sight.kind) {
    case Kind::call_begins: return fmt::format("{}'s {} begins", caller, text(call.call, call));
    case Kind::call_ends:
      return call.call == PoolCall::acquire
                 ? fmt::format("{}'s acquire returns {}", caller, text(sight.outcome))
                 : fmt::format("{}'s {} returns", caller, text(call.call, call));
    case Kind::opens: return fmt::format("{} is opened for {}", to_text(sight.session), caller);
    case Kind::ends: return fmt::format("the pool ends {}", to_text(sight.session));
    case Kind::is_killed: return fmt::format("the server ends {}", to_text(sight.session));
    case Kind::speaks: return fmt::format("{} speaks on {}", caller, to_text(sight.session));
    case Kind::sleeps: return fmt::format("{} sleeps until it is woken", caller);
    case Kind::deadline: return fmt::format("{}'s deadline comes", caller);
    case Kind::called_off: return fmt::format("{}'s acquire is called off", caller);
    case Kind::trouble: return "something goes wrong";
    case Kind::time: return "time passes";
    case Kind::rests: return "nothing can run";
    case Kind::is_over: return "all leases are back, and what is closed must have ended";
  }
  return "?";
}

}  // namespace poolproof::check
