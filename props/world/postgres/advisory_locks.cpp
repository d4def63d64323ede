#include "props/world/postgres/advisory_locks.hpp"

#include <algorithm>

namespace poolproof::world::postgres {

void AdvisoryLocks::clear() {
  held_.clear();
  waits_.clear();
  granted_.clear();
}

bool AdvisoryLocks::conflict(const Hold& one, const Hold& other) {
  return one.session != other.session && one.lock.key == other.lock.key &&
         !(one.lock.shared && other.lock.shared);
}

bool AdvisoryLocks::free_for(const Hold& wanted) const {
  return std::none_of(held_.begin(), held_.end(),
                      [&](const Hold& each) { return conflict(each, wanted); });
}

bool AdvisoryLocks::take(SessionId session, const LockRequest& request) {
  const Hold wanted{session, request};
  const bool has_it = std::any_of(held_.begin(), held_.end(), [&](const Hold& each) {
    return each.session == session && each.lock.key == request.key;
  });
  const bool queued = std::any_of(waits_.begin(), waits_.end(),
                                  [&](const Hold& each) { return conflict(each, wanted); });
  if (!free_for(wanted) || (queued && !has_it)) return false;
  held_.push_back(wanted);
  return true;
}

void AdvisoryLocks::give_up(SessionId session) {
  std::erase_if(waits_, [&](const Hold& each) { return each.session == session; });
  grant();
}

bool AdvisoryLocks::release(SessionId session, const LockKey& key, bool shared) {
  const auto found = std::find_if(held_.begin(), held_.end(), [&](const Hold& each) {
    return each.session == session && each.lock.key == key && each.lock.shared == shared &&
           each.lock.level == LockLevel::session;
  });
  if (found == held_.end()) return false;
  held_.erase(found);
  grant();
  return true;
}

void AdvisoryLocks::release_all(SessionId session, LockLevel level) {
  const auto released = std::erase_if(
      held_, [&](const Hold& each) { return each.session == session && each.lock.level == level; });
  if (released > 0) grant();
}

bool AdvisoryLocks::held_by(SessionId session) const {
  return std::any_of(held_.begin(), held_.end(),
                     [&](const Hold& each) { return each.session == session; });
}

// Nobody overtakes one who waits for the same lock, unless both would share it.
void AdvisoryLocks::grant() {
  for (std::size_t i = 0; i < waits_.size();) {
    const Hold& wanted = waits_[i];
    const bool behind = std::any_of(waits_.begin(), waits_.begin() + static_cast<std::ptrdiff_t>(i),
                                    [&](const Hold& each) { return conflict(each, wanted); });
    if (behind || !free_for(wanted)) {
      ++i;
      continue;
    }
    held_.push_back(wanted);
    granted_.push_back(wanted.session);
    waits_.erase(waits_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

bool AdvisoryLocks::in_a_circle(SessionId session) const {
  std::vector<SessionId> reached{session};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (const Hold& wait : waits_) {
      if (wait.session != reached[i]) continue;
      for (const Hold& held : held_) {
        if (!conflict(held, wait)) continue;
        if (held.session == session) return true;
        if (std::find(reached.begin(), reached.end(), held.session) == reached.end()) {
          reached.push_back(held.session);
        }
      }
    }
  }
  return false;
}

std::optional<SessionId> AdvisoryLocks::next_granted() {
  if (granted_.empty()) return std::nullopt;
  const SessionId next = granted_.front();
  granted_.erase(granted_.begin());
  return next;
}

}  // namespace poolproof::world::postgres
