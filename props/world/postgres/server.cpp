#include "props/world/postgres/server.hpp"

#include <algorithm>

#include "props/world/postgres/session.hpp"

namespace poolproof::world::postgres {
namespace {

constexpr std::size_t kMostParsed = 1000;

}  // namespace

Server::Server(Scheduler& scheduler, Faults& faults) : scheduler_(scheduler), faults_(faults) {}

Server::~Server() = default;

void Server::reset(ServerObserver& observer) {
  observer_ = &observer;
  sessions_.clear();
  last_process_ = 0;
  shared_.clear();
  if (parsed_.size() > kMostParsed) parsed_.clear();
}

std::unique_ptr<Peer> Server::accept(Line& line) {
  const SessionId id{last_process_ + 1};
  const Place place{last_process_ + 1, Phase::connecting};
  if (faults_.strikes(FaultKind::connect_refused, place)) return nullptr;
  ++last_process_;
  const bool hung = faults_.strikes(FaultKind::connect_hung, place);
  auto session = std::make_unique<Session>(*this, line, id, hung);
  sessions_.push_back(session.get());
  observer_->opened(id);
  return session;
}

// ---- what sessions do to each other ----

Session* Server::find(SessionId id) {
  const auto found = std::find_if(sessions_.begin(), sessions_.end(),
                                  [&](const Session* each) { return each->id() == id; });
  return found == sessions_.end() ? nullptr : *found;
}

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

void Server::cancel(SessionId id, std::int32_t key) {
  Session* const session = find(id);
  if (session != nullptr && session->key() == key) session->cancel();
}

void Server::wake_granted() {
  while (const auto next = shared_.locks.next_granted()) {
    if (Session* const session = find(*next)) session->lock_granted();
  }
}

// A session that is told may end no other: they stay where they are meanwhile.
void Server::notify(SessionId from, std::string_view channel, std::string_view payload) {
  for (Session* const each : sessions_) {
    if (each->listens(channel)) each->notify(from, channel, payload);
  }
}

// ---- whom and what it knows ----

const Role* Server::find_role(std::string_view name) const {
  const auto found = std::find_if(options_.roles.begin(), options_.roles.end(),
                                  [&](const Role& each) { return each.name == name; });
  return found == options_.roles.end() ? nullptr : &*found;
}

bool Server::knows_role(std::string_view name) const {
  return options_.roles.empty() || find_role(name) != nullptr;
}

bool Server::knows_database(std::string_view name) const {
  const auto& known = options_.databases;
  return known.empty() || std::find(known.begin(), known.end(), name) != known.end();
}

const std::vector<Statement>& Server::parsed(std::string_view query) {
  auto found = parsed_.find(query);
  if (found == parsed_.end()) found = parsed_.emplace(query, parse(query)).first;
  return found->second;
}

}  // namespace poolproof::world::postgres
