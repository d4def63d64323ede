#include "props/world/postgres/server.hpp"

#include <algorithm>

#include "props/world/postgres/session.hpp"

namespace poolproof::world::postgres {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostParsed = 1000;

// Of the faults release_lag and late_cancel; the latter outlasts whatever the cancel was for, and
// is the most that it takes.
constexpr Duration kReleaseLag = 20ms;
constexpr Duration kLateCancel = 30ms;
// Of most faults a run has dozens of occasions, of this one a few: each counts for several.
constexpr int kOccasionsOfLateCancel = 24;

template <class Named>
const Named* find_named(const std::vector<Named>& all, std::string_view name) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Named& each) { return each.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

Server::Server(Scheduler& scheduler, Faults& faults) : scheduler_(scheduler), faults_(faults) {}

Server::~Server() = default;

void Server::reset(ServerObserver& observer) {
  observer_ = &observer;
  seats_.clear();
  last_process_ = 0;
  hosts_ = {};
  hosts_[0].standby = options_.standby;
  hosts_[1].standby = true;
  primary_ = 0;
  promotion_.reset();
  door_ = Door::open;
  late_signals_.clear();
  shared_.clear();
  max_connections_ = options_.max_connections;
  if (parsed_.size() > kMostParsed) parsed_.clear();
}

// ---- sessions ----

std::size_t Server::host_at(const Address& address) const {
  if (address.host == "192.0.2.1") return 0;
  return address.host == "192.0.2.2" && options_.has_standby ? 1 : primary_;
}

Reception Server::accept(const Address& address, Line& line) {
  const Place place{last_process_ + 1, Phase::connecting};
  if (turns_away(place, Door::refuses)) return Reception::refused(ECONNREFUSED);
  const std::size_t host = host_at(address);
  if (!hosts_[host].listens()) return Reception::refused(ECONNREFUSED);
  closes(place);
  const SessionId id{++last_process_};
  const bool hung = faults_.strikes(FaultKind::connect_hung, place);
  auto session = std::make_unique<Session>(*this, line, id, hung);
  seats_.push_back({id, session.get(), host});
  observer_->opened(id);
  return {std::move(session)};
}

SessionState Server::state_of(SessionId session) const {
  const Session* const found = find(session);
  return found == nullptr ? SessionState{} : found->state();
}

Server::Seat* Server::seat_of(SessionId id) {
  const auto found =
      std::find_if(seats_.begin(), seats_.end(), [&](const Seat& each) { return each.id == id; });
  return found == seats_.end() ? nullptr : &*found;
}

const Server::Seat* Server::seat_of(SessionId id) const {
  return const_cast<Server*>(this)->seat_of(id);
}

Session* Server::find(SessionId id) const {
  const Seat* const seat = seat_of(id);
  return seat == nullptr ? nullptr : seat->session;
}

std::vector<Session*> Server::sessions() const {
  std::vector<Session*> sessions;
  for (const Seat& each : seats_) {
    if (each.session != nullptr) sessions.push_back(each.session);
  }
  return sessions;
}

std::vector<Session*> Server::sessions_of(std::size_t host) const {
  std::vector<Session*> sessions;
  for (const Seat& each : seats_) {
    if (each.host == host && each.session != nullptr) sessions.push_back(each.session);
  }
  return sessions;
}

std::optional<Refusal> Server::seat(SessionId id) {
  Seat& seat = *seat_of(id);
  Host& host = hosts_[seat.host];
  if (auto refusal = host.refusal()) return refusal;
  if (host.taken >= max_connections_) return Refusal{"53300", "sorry, too many clients already"};
  ++host.taken;
  seat.taken = true;
  return std::nullopt;
}

// In PostgreSQL's order: the role's limit, the reserved places, the database's limit.
std::optional<Refusal> Server::admit(SessionId id, std::string_view role,
                                     std::string_view database) {
  Seat& seat = *seat_of(id);
  seat.role = find_named(options_.roles, role);
  seat.database = find_named(options_.databases, database);
  const bool superuser = seat.role != nullptr && seat.role->superuser;
  const auto count = [this, &seat](auto member) {
    return std::count_if(seats_.begin(), seats_.end(), [&](const Seat& each) {
      return each.taken && each.host == seat.host && each.*member == seat.*member;
    });
  };
  if (superuser) return std::nullopt;
  if (seat.role != nullptr && seat.role->connection_limit != kNoLimit &&
      count(&Seat::role) > seat.role->connection_limit) {
    return Refusal{"53300", "too many connections for role \"" + std::string(role) + "\""};
  }
  if (max_connections_ - hosts_[seat.host].taken < options_.superuser_reserved_connections) {
    return Refusal{"53300",
                   "remaining connection slots are reserved for non-replication superuser "
                   "connections"};
  }
  if (seat.database != nullptr && seat.database->connection_limit != kNoLimit &&
      count(&Seat::database) > seat.database->connection_limit) {
    return Refusal{"53300", "too many connections for database \"" + std::string(database) + "\""};
  }
  return std::nullopt;
}

void Server::ended(SessionId id, ServerObserver::EndedBy by) {
  Seat& seat = *seat_of(id);
  seat.session = nullptr;
  scheduler_.touched(&seats_);
  observer_->ended(id, by);
  Duration lag = options_.release_lag;
  if (seat.taken &&
      faults_.strikes(FaultKind::release_lag, {static_cast<std::int32_t>(id), Phase::ending})) {
    lag += kReleaseLag;
  }
  if (lag == Duration::zero()) return release(id);
  scheduler_.at(scheduler_.now() + lag, [this, id] { release(id); });
}

void Server::release(SessionId id) {
  const Seat seat = *seat_of(id);
  if (seat.taken) --hosts_[seat.host].taken;
  std::erase_if(seats_, [&](const Seat& each) { return each.id == id; });
  observer_->released(id);
  end_when_empty(seat.host);
}

// ---- signals ----

bool Server::terminate(SessionId id) {
  Session* const session = find(id);
  if (session != nullptr) session->terminate();
  return session != nullptr;
}

bool Server::cancel(SessionId id) {
  Session* const session = find(id);
  if (session != nullptr) session->cancel();
  return session != nullptr;
}

bool Server::may_signal(SessionId from, SessionId to) const {
  const auto is_superuser = [this](SessionId id) {
    const Session* const session = find(id);
    const Role* const role = session == nullptr ? nullptr : find_role(session->backend().user());
    return role != nullptr && role->superuser;
  };
  return !is_superuser(to) || is_superuser(from);
}

// A process of its own sends the signal and only then ends, and with it the connection. Until it
// gets to run the target may do anything.
void Server::cancel(SessionId asking, SessionId target, std::int32_t key) {
  observer_->cancel_requested(asking, target);
  scheduler_.touched(&late_signals_);
  bool late = false;
  for (int i = 0; i < kOccasionsOfLateCancel && !late; ++i) {
    late = faults_.strikes(FaultKind::late_cancel,
                           {static_cast<std::int32_t>(target), Phase::querying});
  }
  const Signal signal{asking, target, key};
  const EventId sending =
      send_after(signal, options_.cancel_delay + (late ? kLateCancel : Duration::zero()));
  if (late) late_signals_.emplace_back(sending, signal);
}

EventId Server::send_after(const Signal& signal, Duration delay) {
  return scheduler_.at(scheduler_.now() + delay, [this, signal] { send(signal); });
}

// Whom it hits, and whether anybody, depends on who is at work by then: that it hits nobody, too.
void Server::send(const Signal& signal) {
  scheduler_.touched(&late_signals_);
  std::erase_if(late_signals_,
                [&](const auto& late) { return late.second.asking == signal.asking; });
  Session* const victim = find(signal.target);
  if (victim != nullptr && victim->key() == signal.key) {
    observer_->cancelled(signal.asking, signal.target, victim->at_work());
    victim->cancel();
  }
  if (Session* const process = find(signal.asking)) process->finish_cancelling();
}

// What is late comes at the worst instant: as the statement after that which it was for has begun.
void Server::at_work(SessionId target) {
  scheduler_.looked_at(&late_signals_);
  for (auto& [sending, signal] : late_signals_) {
    if (signal.target != target) continue;
    scheduler_.call_off(sending);
    sending = send_after(signal, Duration::zero());
  }
}

// ---- what sessions do to each other ----

void Server::wake_granted() {
  while (const auto next = shared_.locks.next_granted()) {
    if (Session* const session = find(*next)) session->lock_granted();
  }
}

void Server::notify(SessionId from, std::string_view channel, std::string_view payload) {
  for (Session* const each : sessions()) {
    if (each->listens(channel)) each->notify(from, channel, payload);
  }
}

// ---- what goes wrong for all ----

bool Server::turns_away(Place place, Door door) {
  if (door_ != door) [[likely]]
    return false;
  faults_.strike(because_, place);
  return true;
}

void Server::terminate_all(FaultKind because) {
  for (Session* const each : sessions()) {
    faults_.strike(because, each->place());
    each->terminate();
  }
}

void Server::terminate_idle(FaultKind because) {
  for (Session* const each : sessions()) {
    if (!each->idle()) continue;
    faults_.strike(because, each->place());
    each->terminate();
  }
}

bool Server::strike_idle(FaultKind kind, std::size_t which) {
  std::vector<Session*> idle = sessions();
  std::erase_if(idle, [](const Session* each) { return !each->idle(); });
  if (idle.empty()) return false;
  Session& victim = *idle[which % idle.size()];
  faults_.strike(kind, victim.place());
  if (kind == FaultKind::killed_idle) {
    victim.terminate();
  } else {
    victim.suffer(kind);
  }
  return true;
}

// ---- whom and what it knows ----

const Role* Server::find_role(std::string_view name) const {
  return find_named(options_.roles, name);
}

bool Server::knows_role(std::string_view name) const {
  return options_.roles.empty() || find_role(name) != nullptr;
}

bool Server::knows_database(std::string_view name) const {
  return options_.databases.empty() || find_named(options_.databases, name) != nullptr;
}

const std::vector<Statement>& Server::parsed(std::string_view query) {
  auto found = parsed_.find(query);
  if (found == parsed_.end()) found = parsed_.emplace(query, parse(query)).first;
  return found->second;
}

}  // namespace poolproof::world::postgres
