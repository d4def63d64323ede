#include "props/check/guess.hpp"

#include <algorithm>

namespace poolproof::check {
namespace {

using model::ConnectionId;

// Called as reports call them: from 1.
model::CallerId id_of(std::size_t caller) {
  return model::CallerId{static_cast<std::uint32_t>(caller + 1)};
}
std::size_t index_of(model::CallerId caller) { return static_cast<std::size_t>(caller) - 1; }

// A slot whose connection is being closed is to the model one in which a connect will fail: it is
// not free until then, and is capacity again after that. It is prepared for nobody who could come.
constexpr std::size_t kClosers = 1000, kMostClosing = 100;

model::CallerId closer(std::size_t caller, std::size_t slot) {
  return id_of(kClosers + caller * kMostClosing + slot);
}

void begin_closing(model::State& pool, std::size_t caller, std::size_t slot) {
  pool.preparing.push_back(
      {closer(caller, slot), model::kNever, model::Slot{}, pool.now, model::SlotOrigin::fresh});
}

// The first that the caller has not freed yet.
std::optional<std::size_t> first_closing(const model::State& pool, std::size_t caller) {
  for (const model::Preparing& each : pool.preparing) {
    const std::size_t id = index_of(each.caller);
    if (id < kClosers || (id - kClosers) / kMostClosing != caller) continue;
    return (id - kClosers) % kMostClosing;
  }
  return std::nullopt;
}

void retire_all(model::State& pool) {
  const auto retire = [](model::Slot& slot) {
    if (slot.connection) slot.connection->retired = true;
  };
  for (model::Slot& each : pool.idle) retire(each);
  for (auto& [caller, slot] : pool.out) retire(slot);
  for (model::Preparing& each : pool.preparing) {
    retire(each.slot);
    each.retired = true;
  }
}

bool has_retired(const model::State& pool, std::size_t caller) {
  const auto found = pool.out.find(id_of(caller));
  return found != pool.out.end() && found->second.connection && found->second.connection->retired;
}

bool may_stay(const model::PoolConfig& config, const model::State& pool) {
  const auto limit = model::idle_limit(config);
  return !pool.closed && (!limit || pool.idle.size() < static_cast<std::size_t>(*limit));
}

const model::Preparing* preparing(const model::State& pool, std::size_t caller) {
  const auto found = std::ranges::find(pool.preparing, id_of(caller), &model::Preparing::caller);
  return found == pool.preparing.end() ? nullptr : &*found;
}

bool connects(const model::State& pool, std::size_t caller) {
  const model::Preparing* const found = preparing(pool, caller);
  return found != nullptr && !found->slot.connection;
}

bool is_told_to_look(const model::State& pool, std::size_t caller) {
  const auto found = std::ranges::find(pool.waiters, id_of(caller), &model::Waiter::caller);
  return found != pool.waiters.end() && found->notified;
}

bool has(const model::State& pool, ConnectionId id) {
  const auto is_it = [id](const model::Slot& slot) {
    return slot.connection && slot.connection->id == id;
  };
  return std::ranges::any_of(pool.idle, is_it) ||
         std::ranges::any_of(pool.out, [&](const auto& each) { return is_it(each.second); }) ||
         std::ranges::any_of(pool.preparing, is_it, &model::Preparing::slot) ||
         std::ranges::any_of(pool.detached, [&](const auto& each) { return each.second.id == id; });
}

std::optional<ConnectionId> lent_to(const model::State& pool, std::size_t caller) {
  if (const auto out = pool.out.find(id_of(caller)); out != pool.out.end()) {
    return out->second.connection ? std::optional(out->second.connection->id) : std::nullopt;
  }
  const auto detached = pool.detached.find(id_of(caller));
  return detached == pool.detached.end() ? std::nullopt : std::optional(detached->second.id);
}

auto with_session(const Guess& guess, SessionId session) {
  return std::ranges::find(guess.sessions, session, &std::pair<ConnectionId, SessionId>::second);
}

model::Event event_of(const Hidden& step) {
  const model::CallerId caller = id_of(step.caller);
  switch (step.kind) {
    case Hidden::Kind::call:
    case Hidden::Kind::slow_call:
    case Hidden::Kind::retire:
    case Hidden::Kind::replace:
    case Hidden::Kind::close_overflow: break;
    case Hidden::Kind::break_off: return model::Invalidate{caller, model::Invalidation::hard};
    case Hidden::Kind::free_slot: return model::ConnectFailed{closer(step.caller, step.slot)};
    case Hidden::Kind::connected: return model::Connected{caller};
    case Hidden::Kind::connect_failed: return model::ConnectFailed{caller};
    case Hidden::Kind::ping_succeeded: return model::PingSucceeded{caller};
    case Hidden::Kind::ping_failed: return model::PingFailed{caller};
    case Hidden::Kind::give_up:
    case Hidden::Kind::turn_back: return model::Cancel{caller};
    case Hidden::Kind::wake: return model::Wake{caller};
    case Hidden::Kind::time: return model::Advance{model::Time(step.to.time_since_epoch())};
  }
  using scenario::Remark;
  switch (step.known.call) {
    case PoolCall::acquire:
      // Deadlines are not the model's own here: threads are slow, and each comes to its deadline by
      // itself. So it waits for ever, until it gives up.
      return model::Acquire{
          caller, step.known.waits ? std::nullopt : std::optional(model::Duration::zero())};
    case PoolCall::remark:
      if (step.known.remark == Remark::detach) return model::Detach{caller};
      return model::Invalidate{caller, step.known.remark == Remark::invalidate_softly
                                           ? model::Invalidation::soft
                                       : step.known.remark == Remark::invalidate_generation
                                           ? model::Invalidation::generation
                                           : model::Invalidation::hard};
    case PoolCall::chore:
      if (step.known.chore == scenario::Chore::close) return model::Close{};
      return model::Dispose{};
    case PoolCall::release:
    case PoolCall::query:
    case PoolCall::none: break;
  }
  return model::Release{caller};
}

// What the model answers is where the calls stand from then on.
class Answers {
 public:
  Answers(Guess& guess, const Hidden& step) : guess_(guess), step_(step) {}

  void operator()(const model::Granted& answer) { end(answer.caller, Outcome::ok); }
  void operator()(const model::TimedOut& answer) { end(answer.caller, Outcome::timeout); }
  void operator()(const model::ConnectionError& answer) {
    end(answer.caller, Outcome::connect_failed);
  }
  void operator()(const model::GivenUp& answer) { end(answer.caller, Outcome::failed); }
  void operator()(const model::Closed& answer) { end(answer.caller, Outcome::closed); }
  void operator()(const model::InUse& answer) { end(answer.caller, Outcome::in_use); }
  void operator()(const model::Cancelled& answer) {
    end(answer.caller, step_.kind == Hidden::Kind::turn_back ? Outcome::closed
                       : step_.known.is_due                  ? Outcome::timeout
                                                             : Outcome::cancelled);
  }
  template <class Other>
  void operator()(const Other&) {}

 private:
  void end(model::CallerId caller, Outcome outcome) {
    const std::size_t index = index_of(caller);
    if (index < guess_.callers.size()) guess_.callers[index] = {Effect::done, outcome};
  }

  Guess& guess_;
  const Hidden& step_;
};

using Kind = Hidden::Kind;

void add_ends_of_acquire(const Guess& guess, const Known& known, std::size_t i,
                         std::vector<Hidden>& steps) {
  const Known::Call& call = known.calls[i];
  if (connects(guess.pool, i)) {
    if (call.opened != kNoSession && with_session(guess, call.opened) == guess.sessions.end()) {
      steps.push_back({.kind = Kind::connected, .caller = i, .known = call});
    }
    if (known.trouble) steps.push_back({.kind = Kind::connect_failed, .caller = i});
    if (guess.pool.closed && call.opened == kNoSession) {
      steps.push_back({.kind = Kind::turn_back, .caller = i});
    }
  } else if (preparing(guess.pool, i) != nullptr) {
    steps.push_back({.kind = Kind::ping_succeeded, .caller = i});
    if (known.trouble) steps.push_back({.kind = Kind::ping_failed, .caller = i});
  } else if (is_told_to_look(guess.pool, i)) {
    steps.push_back({.kind = Kind::wake, .caller = i});
  }
  if (call.is_due || call.is_called_off) {
    steps.push_back({.kind = Kind::give_up, .caller = i, .known = call});
  }
}

}  // namespace

std::vector<Hidden> hidden_steps(const model::PoolConfig& config, const Guess& guess,
                                 const Known& known) {
  std::vector<Hidden> steps;
  const model::State& pool = guess.pool;
  for (std::size_t i = 0; i < known.calls.size(); ++i) {
    const Known::Call& call = known.calls[i];
    switch (guess.callers[i].effect) {
      case Effect::none: break;
      case Effect::done:
        if (call.call == PoolCall::acquire && has_retired(pool, i)) {
          steps.push_back({.kind = Kind::replace, .caller = i});
        }
        break;
      case Effect::to_come:
      case Effect::retired:
        // Threads are slow, so the model's clock may be behind; but nobody reads it before he asks.
        if (pool.now.time_since_epoch() < call.began.time_since_epoch()) break;
        steps.push_back({.kind = Kind::call, .caller = i, .known = call});
        if (call.call == PoolCall::chore && guess.callers[i].effect == Effect::to_come) {
          steps.push_back({.kind = Kind::retire, .caller = i});
        }
        if (call.call == PoolCall::chore && !pool.idle.empty()) {
          steps.push_back({.kind = Kind::slow_call, .caller = i, .known = call});
        }
        if (call.call != PoolCall::release || !lent_to(pool, i)) break;
        if (known.trouble && !pool.detached.contains(id_of(i))) {
          steps.push_back({.kind = Kind::break_off, .caller = i});
        }
        if (pool.waiters.empty() && !may_stay(config, pool) && !pool.detached.contains(id_of(i))) {
          steps.push_back({.kind = Kind::close_overflow, .caller = i});
        }
        break;
      case Effect::closing:
        steps.push_back({.kind = Kind::free_slot, .caller = i, .slot = *first_closing(pool, i)});
        break;
      case Effect::under_way: add_ends_of_acquire(guess, known, i, steps); break;
    }
  }
  if (pool.now.time_since_epoch() < known.now.time_since_epoch()) {
    steps.push_back({.kind = Kind::time, .to = known.now});
  }
  return steps;
}

Guess after(const model::PoolConfig& config, const Guess& guess, const Hidden& step) {
  Guess next = guess;
  Standpoint& caller = next.callers[step.caller];
  if (step.kind == Kind::retire) {
    retire_all(next.pool);
    caller.effect = Effect::retired;
    return next;
  }
  if (step.kind == Kind::replace) {
    next.pool.out.erase(id_of(step.caller));
    next.pool.preparing.push_back({id_of(step.caller), model::kNever, model::Slot{}, next.pool.now,
                                   model::SlotOrigin::pooled});
    caller = {Effect::under_way, Outcome::ok};
    return next;
  }
  if (step.kind == Kind::close_overflow) {
    next.pool.out.erase(id_of(step.caller));
    begin_closing(next.pool, step.caller, 0);
    caller.effect = Effect::closing;
    return next;
  }
  std::size_t closing = 0;
  if (step.kind == Kind::slow_call) {
    closing = next.pool.idle.size();
    next.pool.idle.clear();
    caller.effect = Effect::closing;
  }
  if (step.kind == Kind::connected) {
    next.sessions.emplace_back(guess.pool.next_connection, step.known.opened);
  }
  if (step.kind == Kind::call) {
    caller.effect = step.known.call == PoolCall::acquire ? Effect::under_way : Effect::done;
  }
  model::Step stepped = model::step(config, next.pool, event_of(step));
  next.pool = std::move(stepped.after);
  for (std::size_t slot = 0; slot < closing; ++slot) begin_closing(next.pool, step.caller, slot);
  if (step.kind == Kind::free_slot && !first_closing(next.pool, step.caller)) {
    caller.effect = Effect::done;
  }
  Answers answers(next, step);
  for (const model::Answer& answer : stepped.answers) std::visit(answers, answer);
  return next;
}

std::optional<Guess> seen(const Guess& guess, const Known& known, const Sight& sight) {
  using Kind = Sight::Kind;
  Guess next = guess;
  switch (sight.kind) {
    case Kind::call_begins: next.callers[sight.caller] = {Effect::to_come, Outcome::ok}; break;
    case Kind::call_ends:
      if (guess.callers[sight.caller] != Standpoint{Effect::done, sight.outcome}) {
        return std::nullopt;
      }
      next.callers[sight.caller] = {};
      break;
    case Kind::opens:
      if (!connects(guess.pool, sight.caller)) return std::nullopt;
      break;
    case Kind::ends:
      if (const auto found = with_session(guess, sight.session); found != guess.sessions.end()) {
        if (has(guess.pool, found->first)) return std::nullopt;
        next.sessions.erase(next.sessions.begin() + (found - guess.sessions.begin()));
      }
      break;
    case Kind::is_killed:
      std::erase_if(next.sessions, [&](const auto& each) { return each.second == sight.session; });
      break;
    case Kind::speaks: {
      const auto found = with_session(guess, sight.session);
      if (found != guess.sessions.end() && lent_to(guess.pool, sight.caller) != found->first) {
        return std::nullopt;
      }
      break;
    }
    case Kind::sleeps:
      if (known.calls[sight.caller].call == PoolCall::acquire &&
          guess.callers[sight.caller].effect == Effect::to_come) {
        return std::nullopt;
      }
      break;
    case Kind::rests:
      if (guess.pool.now.time_since_epoch() != known.now.time_since_epoch()) return std::nullopt;
      break;
    case Kind::is_over:
      if (std::ranges::any_of(guess.sessions,
                              [&](const auto& each) { return !has(guess.pool, each.first); })) {
        return std::nullopt;
      }
      break;
    case Kind::deadline:
    case Kind::called_off:
    case Kind::trouble:
    case Kind::time: break;
  }
  return next;
}

void take_in(Known& known, const Sight& sight) {
  using Kind = Sight::Kind;
  switch (sight.kind) {
    case Kind::call_begins: known.calls[sight.caller] = sight.call; break;
    case Kind::call_ends: known.calls[sight.caller] = {}; break;
    case Kind::opens: known.calls[sight.caller].opened = sight.session; break;
    case Kind::ends:
      for (Known::Call& each : known.calls) {
        if (each.opened == sight.session) each.opened = kNoSession;
      }
      break;
    case Kind::deadline: known.calls[sight.caller].is_due = true; break;
    case Kind::called_off: known.calls[sight.caller].is_called_off = true; break;
    case Kind::trouble: known.trouble = true; break;
    case Kind::time: known.now = sight.now; break;
    case Kind::is_killed:
    case Kind::speaks:
    case Kind::sleeps:
    case Kind::rests:
    case Kind::is_over: break;
  }
}

}  // namespace poolproof::check
