// What happens to a session while it waits: it goes on, is cancelled, or is ended.
#include <utility>

#include "props/world/postgres/session.hpp"

namespace poolproof::world::postgres {

// ---- a statement that waits ----

void Session::start_waiting() {
  waiting_ = true;
  const Wait& wait = backend_.wait();
  Scheduler& scheduler = server_.scheduler_;
  const Time now = scheduler.read_clock();
  if (interrupted()) return;

  const Settings& settings = backend_.settings();
  std::optional<Time> due;
  const char* why = nullptr;
  if (settings.statement_timeout() > Duration::zero()) {
    due = since_ + settings.statement_timeout();
    why = "canceling statement due to statement timeout";
  }
  const bool for_lock = wait.what == Wait::For::lock;
  const char* sqlstate = "57014";
  if (for_lock && settings.lock_timeout() > Duration::zero() &&
      (!due || now + settings.lock_timeout() < *due)) {
    due = now + settings.lock_timeout();
    why = "canceling statement due to lock timeout";
    sqlstate = "55P03";
  }
  if (due) {
    deadline_ = scheduler.at(*due, [this, sqlstate, why] {
      deadline_.reset();
      interrupt(sqlstate, why);
    });
  }
  if (for_lock) {
    wake_ = scheduler.at(now + server_.options_.deadlock_timeout, [this] {
      wake_.reset();
      if (server_.shared_.locks.in_a_circle(id_)) interrupt("40P01", "deadlock detected");
    });
  } else {
    wake_ = scheduler.at(now + wait.time, [this] {
      wake_.reset();
      resume();
    });
  }
  server_.at_work(id_);
}

void Session::stop_waiting() {
  if (std::exchange(waiting_, false)) server_.scheduler_.looked_at(&server_.late_signals_);
  call_off(wake_);
  call_off(deadline_);
}

void Session::lock_granted() {
  if (waiting_) resume();
}

void Session::resume() {
  stop_waiting();
  if (by_ == By::simple) {
    run_query();
  } else {
    run_portal();
  }
  process();
}

// ---- interrupts ----

// The statement under way ends with an error.
void Session::interrupt(std::string_view sqlstate, std::string_view message) {
  const bool waited = std::exchange(waiting_, false);
  stop_waiting();
  if (waited) server_.shared_.locks.give_up(id_);
  execution_ = {};
  if (by_ == By::extended) {
    fail_extended(sqlstate, message);
  } else {
    backend_.abort();
    answer_.error("ERROR", sqlstate, message);
    ready();
  }
  if (!waited) return;
  server_.wake_granted();
  process();
}

// Whether what came while the statement was evaluated has ended it.
bool Session::interrupted() {
  if (std::exchange(terminate_pending_, false)) {
    terminate();
    return true;
  }
  if (!std::exchange(cancel_pending_, false)) return false;
  interrupt("57014", "canceling statement due to user request");
  return true;
}

bool Session::at_work() const {
  return executing_ || state_ == State::copying || (waiting_ && state_ == State::querying);
}

void Session::cancel() {
  if (executing_ || state_ == State::copying) {
    cancel_pending_ = true;
  } else if (waiting_ && state_ == State::querying) {
    interrupt("57014", "canceling statement due to user request");
  }
}

void Session::terminate(std::string_view sqlstate, std::string_view message) {
  if (gone()) return;
  if (executing_) {
    terminate_pending_ = true;
    return;
  }
  if (state_ == State::starting || state_ == State::authenticating || state_ == State::cancelling) {
    return die();
  }
  refuse(sqlstate, message);
}

void Session::quit(std::string_view sqlstate, std::string_view message) {
  if (state_ == State::ended) return;
  if (state_ != State::starting && state_ != State::authenticating && state_ != State::cancelling) {
    answer_.notice("WARNING", sqlstate, message);
    if (!silent_) send();
  }
  die();
}

void Session::die() {
  if (state_ == State::ended) return;
  line_.end();
  end(ServerObserver::EndedBy::server);
}

// ---- a session that does nothing ----

void Session::become_idle() {
  if (server_.faults_.strikes(FaultKind::notice, place())) speak_out_of_turn();
  if (gone()) return;
  if (terminate_pending_ || server_.faults_.strikes(FaultKind::killed_idle, place())) {
    return terminate();
  }
  await_client();
}

void Session::await_client() {
  const bool in_transaction = backend_.transaction() != TransactionStatus::idle;
  const Settings& settings = backend_.settings();
  const Duration patience =
      in_transaction ? settings.idle_in_transaction_timeout() : settings.idle_timeout();
  if (patience <= Duration::zero()) return;
  patience_ = server_.scheduler_.at(server_.scheduler_.now() + patience, [this, in_transaction] {
    patience_.reset();
    if (in_transaction) {
      terminate("25P03", "terminating connection due to idle-in-transaction timeout");
    } else {
      terminate("57P05", "terminating connection due to idle-session timeout");
    }
  });
}

void Session::call_off(std::optional<EventId>& event) {
  if (!event) return;
  server_.scheduler_.call_off(*event);
  event.reset();
}

void Session::call_off_all() {
  call_off(wake_);
  call_off(deadline_);
  call_off(patience_);
}

}  // namespace poolproof::world::postgres
