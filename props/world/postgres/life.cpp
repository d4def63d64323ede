// The life of the server: how it stops, starts, fails over and is healed.
#include <utility>

#include "props/world/postgres/server.hpp"
#include "props/world/postgres/session.hpp"

namespace poolproof::world::postgres {
namespace {

using namespace std::chrono_literals;

// A shutdown's checkpoint. Whoever connects meanwhile is told so.
constexpr Duration kStopTakes = 50ms;
// How long an operator looks at a server that a fault has stopped; and at one that waits for
// clients who do not go, before it is made to stop fast.
constexpr Duration kOutage = 1s;

}  // namespace

void Server::later(std::size_t host, Duration delay, std::function<void()> what) {
  scheduler_.at(scheduler_.now() + delay,
                [this, host, era = hosts_[host].era(), what = std::move(what)] {
                  if (hosts_[host].era() == era) what();
                });
}

void Server::quit_all(std::size_t host, std::string_view sqlstate, std::string_view message) {
  for (Session* const each : sessions_of(host)) each->quit(sqlstate, message);
}

void Server::shut_down(Shutdown how) {
  const std::size_t host = primary_;
  if (!hosts_[host].listens()) return;
  switch (how) {
    case Shutdown::smart: hosts_[host].become(Host::State::stopping); return end_when_empty(host);
    case Shutdown::fast:
      hosts_[host].become(Host::State::stopping);
      for (Session* const each : sessions_of(host)) each->terminate();
      return end_when_empty(host);
    case Shutdown::immediate:
      hosts_[host].become(Host::State::down);
      return quit_all(host, "57P01", "terminating connection due to immediate shutdown command");
    case Shutdown::crash:
      run_after(host, Host::State::recovering);
      return quit_all(host, "57P02",
                      "terminating connection because of crash of another server process");
  }
}

void Server::crash(SessionId culprit) {
  if (Session* const session = find(culprit)) session->die();
  shut_down(Shutdown::crash);
}

// The last session has gone, so a shutdown can end. Sessions are asked for, not places: a process
// that exits is no reason to wait much longer.
void Server::end_when_empty(std::size_t host) {
  if (hosts_[host].state() != Host::State::stopping) return;
  if (!sessions_of(host).empty()) return;
  later(host, kStopTakes, [this, host] {
    hosts_[host].become(Host::State::down);
    if (std::exchange(hosts_[host].wanted, false)) run_after(host, Host::State::starting);
  });
}

void Server::run_after(std::size_t host, Host::State meanwhile) {
  hosts_[host].become(meanwhile);
  later(host, options_.start_takes, [this, host] { hosts_[host].become(Host::State::running); });
}

void Server::start() {
  const std::size_t host = primary_;
  const Host::State state = hosts_[host].state();
  if (state == Host::State::stopping) {  // it has to go down first, and may wait for clients
    hosts_[host].wanted = true;
    for (Session* const each : sessions_of(host)) each->terminate();
  } else if (state == Host::State::down && !promotion_) {
    run_after(host, Host::State::starting);
  }
}

void Server::fail_over() {
  if (promotion_) return;
  hosts_[primary_].become(Host::State::down);
  for (Session* const each : sessions_of(primary_)) each->die();
  promotion_ = scheduler_.at(scheduler_.now() + options_.promotion_takes, [this] { promote(); });
}

void Server::promote() {
  promotion_.reset();
  hosts_[primary_].standby = true;
  primary_ = 1 - primary_;
  hosts_[primary_].standby = false;
  if (!hosts_[primary_].runs()) hosts_[primary_].become(Host::State::running);
}

void Server::heal() {
  if (promotion_) {
    scheduler_.call_off(*promotion_);
    promote();
  }
  for (Host& each : hosts_) {
    each.wanted = false;
    if (!each.runs()) each.become(Host::State::running);
  }
  max_connections_ = options_.max_connections;
  door_ = Door::open;
  for (Session* const each : sessions()) each->heal();
}

bool Server::in_recovery(SessionId id) const {
  if (!options_.has_standby && !options_.standby) return false;
  const Seat* const seat = seat_of(id);
  return seat != nullptr && hosts_[seat->host].standby;
}

// ---- faults ----

void Server::closes(Place place) {
  if (!is_up() || !faults_.strikes(FaultKind::shutdown_smart, place)) return;
  shut_down(Shutdown::smart);
  scheduler_.at(scheduler_.now() + kOutage, [this] { start(); });
}

bool Server::falls(Place place) {
  if (!is_up()) return false;
  if (faults_.strikes(FaultKind::shutdown_fast, place)) {
    shut_down(Shutdown::fast);
  } else if (faults_.strikes(FaultKind::shutdown_immediate, place)) {
    shut_down(Shutdown::immediate);
  } else if (faults_.strikes(FaultKind::crash, place)) {
    crash(SessionId{place.connection});
    return true;
  } else if (faults_.strikes(FaultKind::failover, place)) {
    fail_over();
    return true;
  } else {
    return false;
  }
  scheduler_.at(scheduler_.now() + kOutage, [this] { start(); });
  return true;
}

}  // namespace poolproof::world::postgres
