// What the model says must happen. Beside the pool's state it keeps what the environment knows:
// which session of the server is which connection, what is under way, and what was killed.
#include <algorithm>

#include "props/laws/conformance.hpp"

namespace poolproof::conformance {
namespace {

using model::CallerId;
using model::ConnectionId;
using model::ResetOnReturn;
using model::Time;

// The first is the script's own, for killing others.
constexpr int kFirstSession = 2;

std::uint32_t number(auto id) { return static_cast<std::uint32_t>(id); }

struct UnderWay {
  CallerId caller;
  Time ends;
  model::Event event;  // its end
};

struct Session {
  int number = 0;
  bool dead = false;
  bool in_transaction = false;
};

class ByTheModel {
 public:
  explicit ByTheModel(const Script& script)
      : script_(script), state_(model::initial(script.config)) {}

  Expectation run() {
    for (std::size_t i = 0; i < script_.commands.size(); ++i) {
      advance(Time(script_.at(i)));
      told_.steps.push_back(obey(script_.commands[i]));
      settle();
      advance(Time(script_.at(i) + kStep - std::chrono::milliseconds(1)));
      note(name(model::status(script_.config, state_)));
    }
    advance(Time(script_.end()));
    return std::move(told_);
  }

 private:
  // ---- the script ----

  Step obey(const Command& command) {
    if (const auto event = event_of(command)) {
      if (model::illegal(script_.config, state_, *event)) return {};
      const CallerId caller{command.caller};
      if (command.action == Action::cancel) shut_down(caller);
      if (command.action == Action::maintain) maintaining_.insert(caller);
      feed(*event);
      return {.legal = true};
    }
    switch (command.action) {
      case Action::begin: return begin(CallerId{command.caller});
      case Action::kill: return kill(command.number);
      case Action::server_is_slow:
        if (script_.transactions || script_.config.reset_on_return == ResetOnReturn::discard) {
          return {};
        }
        [[fallthrough]];
      default: server_ = command.action; return {.legal = true};
    }
  }

  static std::optional<model::Event> event_of(const Command& command) {
    const CallerId caller{command.caller};
    switch (command.action) {
      case Action::acquire: return model::Acquire{caller, command.timeout};
      case Action::cancel: return model::Cancel{caller};
      case Action::release: return model::Release{caller};
      case Action::invalidate: return model::Invalidate{caller, model::Invalidation::hard};
      case Action::invalidate_softly: return model::Invalidate{caller, model::Invalidation::soft};
      case Action::invalidate_generation:
        return model::Invalidate{caller, model::Invalidation::generation};
      case Action::detach: return model::Detach{caller};
      case Action::dispose: return model::Dispose{};
      case Action::close: return model::Close{};
      case Action::maintain: return model::Maintain{caller};
      case Action::warm_up: return model::WarmUp{caller, static_cast<int>(command.number)};
      case Action::drain: return model::Drain{caller, command.timeout};
      default: return std::nullopt;
    }
  }

  // Calling off a ping shuts its connection down, and only then is there somebody to tell the
  // hooks.
  void shut_down(CallerId caller) {
    const auto pinging = std::ranges::find(state_.preparing, caller, &model::Preparing::caller);
    if (pinging == state_.preparing.end() || !pinging->slot.connection) return;
    Session& session = at(pinging->slot.connection->id);
    if (!session.dead) told_.log.note(now(), session.number, "the client ends");
    session.dead = true;
  }

  Step begin(CallerId caller) {
    const auto lease = state_.out.find(caller);
    if (!script_.transactions || lease == state_.out.end() || !lease->second.connection) return {};
    Session& session = sessions_[lease->second.connection->id];
    if (session.dead) return {};
    session.in_transaction = true;
    return {.legal = true};
  }

  // Any that the pool has, but for those being connected.
  Step kill(std::uint32_t which) {
    std::vector<ConnectionId> open;
    for (const auto& slot : state_.idle) add(slot.connection, open);
    for (const auto& [caller, slot] : state_.out) add(slot.connection, open);
    if (open.empty() || server_ == Action::server_is_slow) return {};
    std::ranges::sort(open);
    Session& victim = sessions_[open[which % open.size()]];
    victim.dead = true;
    told_.log.note(now(), victim.number, "the server ends");
    return {.legal = true, .victim = victim.number};
  }

  void add(const std::optional<model::Connection>& connection, std::vector<ConnectionId>& open) {
    if (connection && !sessions_[connection->id].dead) open.push_back(connection->id);
  }

  // ---- time ----

  // To each instant by itself at which something ends, so that what follows is noted there.
  void advance(Time to) {
    for (;;) {
      Time next = to;
      const std::vector<Time> ends = times_of_ends();
      for (const Time each : ends) next = std::min(next, each);
      const auto meet = std::ranges::count(ends, next);
      told_.ambiguous |= meet > 1 || (meet == 1 && next == to);
      feed(model::Advance{next});
      settle();
      if (next == to) return;
    }
  }

  // Of all that is under way or waits.
  std::vector<Time> times_of_ends() const {
    std::vector<Time> ends;
    for (const UnderWay& each : under_way_) ends.push_back(each.ends);
    for (const auto& each : state_.waiters) ends.push_back(each.deadline);
    for (const auto& each : state_.preparing) ends.push_back(each.deadline);
    for (const auto& each : state_.draining) ends.push_back(each.deadline);
    return ends;
  }

  // All that can happen without time going on.
  void settle() {
    for (;;) {
      const auto due = std::ranges::find_if(
          under_way_, [&](const UnderWay& each) { return each.ends <= state_.now; });
      if (due != under_way_.end()) {
        const model::Event event = due->event;
        under_way_.erase(due);
        feed(event);
        continue;
      }
      const auto notified =
          std::ranges::count_if(state_.waiters, [](const auto& each) { return each.notified; });
      if (notified == 0) return;
      told_.ambiguous |= notified > 1;
      const auto first =
          std::ranges::find_if(state_.waiters, [](const auto& each) { return each.notified; });
      feed(model::Wake{first->caller});
    }
  }

  void feed(const model::Event& event) {
    // The connection is that of the session that began with the connect.
    if (const auto* connected = std::get_if<model::Connected>(&event)) {
      sessions_[state_.next_connection].number = connecting_[connected->caller];
      told_.ambiguous |= gives_to_a_waiter(connected->caller);
    }
    model::Step step = model::step(script_.config, state_, event, failures(event));
    told_.ambiguous |= depends_on_the_draw(step.answers);
    state_ = std::move(step.after);
    for (const model::Answer& each : step.answers) std::visit(*this, each);
    std::erase_if(under_way_, [this](const UnderWay& each) {
      return std::ranges::find(state_.preparing, each.caller, &model::Preparing::caller) ==
             state_.preparing.end();
    });
  }

  // Whether what a warm-up has opened goes to one who waits: both go on at once, and whether one
  // more is needed depends on how far the other is.
  bool gives_to_a_waiter(model::CallerId opener) const {
    const auto opening = std::ranges::find(state_.preparing, opener, &model::Preparing::caller);
    return opening != state_.preparing.end() && opening->opens > 0 && !state_.waiters.empty();
  }

  // Whether a connect was tried, or refused, in the last quarter of a pause: the pool's may have
  // ended by then.
  bool depends_on_the_draw(const std::vector<model::Answer>& answers) const {
    const bool may_have_ended =
        state_.now < state_.not_before && state_.now >= state_.not_before - state_.pause / 4;
    return may_have_ended && std::ranges::any_of(answers, [](const model::Answer& each) {
             return std::holds_alternative<model::OpenConnection>(each) ||
                    std::holds_alternative<model::ConnectionError>(each);
           });
  }

  model::Failures failures(const model::Event& event) {
    model::Failures failures;
    const Command* const command = script_.in_force(now());
    if (script_.hooked && command != nullptr) {
      failures.hooks = command->throwing;
      failures.checkout_says = command->checkout_says;
    }
    if (const auto* release = std::get_if<model::Release>(&event)) {
      const auto lease = state_.out.find(release->caller);
      if (lease != state_.out.end() && lease->second.connection) {
        const Session& session = sessions_[lease->second.connection->id];
        failures.reset = session.dead && !statements(session).empty();
      }
    }
    return failures;
  }

  // What a reset of that session sends.
  std::vector<std::string> statements(const Session& session) const {
    std::vector<std::string> sent;
    const ResetOnReturn how = script_.config.reset_on_return;
    if (how == ResetOnReturn::none) return sent;
    if (session.in_transaction) {
      sent.emplace_back(how == ResetOnReturn::commit ? "COMMIT" : "ROLLBACK");
    }
    if (how == ResetOnReturn::discard) sent.emplace_back("DISCARD ALL");
    return sent;
  }

 public:
  // ---- what the pool answers, for std::visit ----

  void operator()(const model::Granted& answer) {
    note(answer.caller, "is granted session " + std::to_string(at(answer.connection).number));
  }
  void operator()(const model::TimedOut& answer) { end(answer.caller, "times out"); }
  void operator()(const model::ConnectionError& answer) { end(answer.caller, "cannot connect"); }
  void operator()(const model::HookError& answer) { end(*answer.caller, "is failed by a hook"); }
  void operator()(const model::GivenUp& answer) { note(answer.caller, "is given up"); }
  void operator()(const model::Cancelled& answer) { note(answer.caller, "was called off"); }
  void operator()(const model::Closed& answer) { end(answer.caller, "finds it closed"); }
  void operator()(const model::InUse& answer) { note(answer.caller, "finds it in use"); }
  void operator()(const model::Done& answer) { end(answer.caller, "is done"); }

  void operator()(const model::OpenConnection& answer) {
    if (server_ == Action::server_refuses) {
      start(answer.caller, Duration::zero(), model::ConnectFailed{answer.caller});
      return;
    }
    connecting_[answer.caller] = next_session_++;
    start(answer.caller, delay(), model::Connected{answer.caller});
  }
  void operator()(const model::AbandonConnect& answer) {
    told_.log.note(now(), connecting_[answer.caller], "the client ends");
  }
  void operator()(const model::PingConnection& answer) {
    const Session& session = at(answer.connection);
    if (session.dead) {
      start(answer.caller, Duration::zero(), model::PingFailed{answer.caller});
    } else {
      told_.log.note(now(), session.number, "is asked ''");
      start(answer.caller, delay(), model::PingSucceeded{answer.caller});
    }
  }
  void operator()(const model::ResetConnection& answer) {
    Session& session = at(answer.connection);
    if (!session.dead) {
      for (const std::string& sql : statements(session)) {
        told_.log.note(now(), session.number, "is asked '" + sql + "'");
      }
    }
    session.in_transaction &= script_.config.reset_on_return == ResetOnReturn::none;
  }
  void operator()(const model::CloseConnection& answer) {
    const Session& session = at(answer.connection);
    if (!session.dead) told_.log.note(now(), session.number, "the client ends");
  }
  void operator()(const model::HookCalled& answer) {
    if (!script_.hooked) return;
    std::optional<int> session;
    if (answer.connection) session = at(*answer.connection).number;
    told_.log.note(now(), session, std::string(model::name(answer.hook)) + " hook for");
  }

 private:
  Session& at(ConnectionId id) { return sessions_[id]; }

  void start(CallerId caller, Duration takes, const model::Event& end) {
    std::erase_if(under_way_, [&](const UnderWay& each) { return each.caller == caller; });
    under_way_.push_back({caller, state_.now + takes, end});
  }

  Duration delay() const { return server_ == Action::server_is_slow ? kSlow : Duration::zero(); }
  Duration now() const { return state_.now.time_since_epoch(); }
  void note(const std::string& what) { told_.log.note(now(), what); }
  // Whoever maintains the pool is not told what has kept it from opening more.
  void end(CallerId caller, const std::string& what) {
    note(caller, maintaining_.erase(caller) > 0 ? "is done" : what);
  }
  void note(CallerId caller, const std::string& what) {
    note(caller_name(number(caller)) + " " + what);
  }

  const Script& script_;
  model::State state_;
  Expectation told_;
  Action server_ = Action::server_is_well;
  std::vector<UnderWay> under_way_;
  std::map<CallerId, int> connecting_;  // the session of its latest connect
  std::map<ConnectionId, Session> sessions_;
  std::set<CallerId> maintaining_;
  int next_session_ = kFirstSession;
};

}  // namespace

Expectation by_the_model(const Script& script) { return ByTheModel(script).run(); }

}  // namespace poolproof::conformance
