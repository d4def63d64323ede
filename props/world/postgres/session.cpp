#include "props/world/postgres/session.hpp"

#include <algorithm>
#include <string>

#include "props/world/postgres/sabotage.hpp"

namespace poolproof::world::postgres {
namespace {

using namespace std::chrono_literals;

constexpr Duration kSlow = 15ms;

// Of messages that a client may send once it is let in.
constexpr std::string_view kTypes = "QPBDECSHFXdcf";

}  // namespace

Session::Session(Server& server, Line& line, SessionId id, bool hung)
    : server_(server), line_(line), id_(id), silent_(hung), backend_(server, *this, id) {
  if (hung) line_.end(server_.options_.authentication_timeout);
}

Session::~Session() { call_off_all(); }

// ---- from the client ----

void Session::used() { server_.observer_->used(id_); }

void Session::receive(std::string_view bytes) {
  if (state_ == State::ended) return;
  inbox_.append(bytes);
  if (silent_) return take_no_notice();
  if (waiting_) return announce_queued();
  process();
}

// A session that nobody serves is one all the same.
void Session::take_no_notice() {
  if (started_ || state_ != State::starting) return;
  const auto message = inbox_.next(false);
  if (!message || message->body.size() < sizeof(std::int32_t)) return;
  if (is_start_up(message->body)) started();
}

// How many sessions there are depends on which end meanwhile, and on no other that starts.
void Session::started() {
  started_ = true;
  server_.scheduler_.looked_at(&server_.seats_);
  server_.observer_->started(id_);
}

void Session::left() { end(ServerObserver::EndedBy::client); }

void Session::hang_up() {
  end(ServerObserver::EndedBy::client);
  line_.end();
}

void Session::process() {
  while (!gone() && !waiting_) {
    const auto message = inbox_.next(state_ != State::starting);
    if (!message) return;
    handle(*message);
  }
}

void Session::handle(const Message& message) {
  if (patience_) call_off(patience_);
  if (state_ == State::starting) return start_up(message.body);
  if (message.type == '\0') return die();  // no length of a message: it cannot go on, nor says so
  if (state_ == State::authenticating) {
    if (message.type == 'p') return authenticate(message.body);
    return refuse("08P01", "expected password response, got message type " +
                               std::to_string(static_cast<unsigned char>(message.type)));
  }
  if (state_ == State::cancelling) return;
  if (message.type == 'X') {
    if (state_ == State::copying) {
      lose_copy(message.type);
      send();
    }
    line_.end();
    return end(ServerObserver::EndedBy::client);
  }
  if (state_ == State::copying) return copy(message);
  if (kTypes.find(message.type) == std::string_view::npos) {
    return refuse("08P01", "invalid frontend message type " +
                               std::to_string(static_cast<unsigned char>(message.type)));
  }
  if (message.type == 'S') return message.body.empty() ? sync() : misread("invalid message format");
  if (state_ == State::skipping) return;
  if (message.type != 'Q') return extended(message);
  const std::size_t end = message.body.find('\0');
  if (end == std::string_view::npos) return misread("invalid string in message");
  if (end + 1 != message.body.size()) return misread("invalid message format");
  query(message.body.substr(0, end));
}

// A message outside of the extended protocol that is not as it should be.
void Session::misread(std::string_view what) {
  backend_.abort();
  answer_.error("ERROR", "08P01", what);
  ready();
}

// ---- what others see ----

Place Session::place() const {
  const auto phase = [this] {
    switch (state_) {
      case State::starting:
      case State::cancelling:
      case State::authenticating: return Phase::starting;
      case State::querying: return Phase::querying;
      case State::copying: return Phase::copying;
      case State::ended: return Phase::ending;
      case State::ready:
      case State::skipping: break;
    }
    return backend_.transaction() == TransactionStatus::idle ? Phase::idle : Phase::in_transaction;
  };
  return {static_cast<std::int32_t>(id_), phase()};
}

bool Session::idle() const {
  return state_ == State::ready && !silent_ && unsynced_ == 0 &&
         backend_.transaction() == TransactionStatus::idle;
}

SessionState Session::state() const {
  SessionState state = backend_.state();
  state.copying = state_ == State::copying;
  state.busy = waiting_;
  state.pipelined = unsynced_ > 0;
  return state;
}

// The observer hears of a statement when it is about to run, or, if an earlier one runs, when it
// comes.
void Session::announce(std::string_view sql) {
  if (announced_ > 0) {
    --announced_;
  } else {
    server_.observer_->queried(id_, sql, state());
  }
}

void Session::announce_queued() {
  std::size_t ahead = 0, known = announced_;
  while (const auto message = inbox_.look(ahead)) {
    if (message->type != 'Q') continue;
    if (known > 0) {
      --known;
      continue;
    }
    server_.observer_->queried(id_, message->body.substr(0, message->body.find('\0')), state());
    ++announced_;
  }
}

// ---- to the client ----

void Session::warn(std::string_view severity, std::string_view sqlstate, std::string_view message) {
  answer_.notice(severity, sqlstate, message);
}

void Session::describe(Execution& execution) {
  if (!execution.describes || execution.described || !execution.has_rows) return;
  answer_.row_description(execution.columns, execution.formats);
  execution.described = true;
}

void Session::ready() {
  state_ = State::ready;
  cancel_pending_ = false;
  if (!notifications_.empty()) answer_notifications();
  backend_.settings().report([this](const std::string& name, const std::string& value) {
    answer_.parameter(name, value);
  });
  answer_.ready(backend_.transaction());
  send();
  if (!gone()) become_idle();
}

void Session::notify(SessionId from, std::string_view channel, std::string_view payload) {
  notifications_.push_back({from, std::string(channel), std::string(payload)});
  if (!idle()) return;
  answer_notifications();
  send();
}

void Session::answer_notifications() {
  if (backend_.transaction() != TransactionStatus::idle) return;
  for (const Notification& each : notifications_) {
    answer_.notification(static_cast<std::int32_t>(each.from), each.channel, each.payload);
  }
  notifications_.clear();
}

// What a server may say at any time: a notice, a setting that its administrator changed, or a
// notification to who has asked for any.
void Session::speak_out_of_turn() {
  if (server_.scheduler_.choose(Stream::faults, 2) == 0) {
    answer_.notice("WARNING", "01000", "the server has something to say");
  } else {
    backend_.settings().force("TimeZone", "Etc/UTC");
    backend_.settings().report([this](const std::string& name, const std::string& value) {
      answer_.parameter(name, value);
    });
  }
  send();
}

void Session::refuse(std::string_view sqlstate, std::string_view message) {
  answer_.error("FATAL", sqlstate, message);
  send();
  if (gone()) return;
  line_.end();
  end(ServerObserver::EndedBy::server);
}

void Session::send(Duration delay) {
  if (server_.faults_.strikes(FaultKind::slow_answer, place())) delay += kSlow;
  const std::string& answer = answer_.bytes();
  const auto harmed = harm(server_.scheduler_, server_.faults_, place(), answer);
  line_.write(std::string_view(answer).substr(0, harmed ? harmed->arrives : answer.size()), delay);
  answer_.clear();
  if (harmed) return suffer(harmed->kind);
  server_.observer_->answered(id_, place().phase);
}

void Session::suffer(FaultKind kind) {
  if (kind == FaultKind::silent) {
    silent_ = true;
    return;
  }
  if (kind == FaultKind::reset) {
    line_.reset();
  } else {
    line_.end();
  }
  end(ServerObserver::EndedBy::server);
}

void Session::heal() {
  if (silent_) suffer(FaultKind::reset);
}

void Session::end(ServerObserver::EndedBy by) {
  if (state_ == State::ended) return;
  state_ = State::ended;
  waiting_ = false;
  call_off_all();
  server_.ended(id_, by);
  backend_.end();
}

}  // namespace poolproof::world::postgres
