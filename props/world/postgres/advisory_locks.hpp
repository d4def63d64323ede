// The advisory locks of a database: who holds them, and who waits, first come, first served.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "props/world/postgres/session_id.hpp"

namespace poolproof::world::postgres {

// One number of 64 bits, or two of 32: they never meet.
struct LockKey {
  bool pair = false;
  std::int64_t number = 0;
  friend bool operator==(const LockKey&, const LockKey&) = default;
};

enum class LockLevel : std::uint8_t { session, transaction };

struct LockRequest {
  LockKey key;
  bool shared = false;
  LockLevel level = LockLevel::session;
};

class AdvisoryLocks {
 public:
  void clear();

  // False if another session holds it, or waits for it before.
  bool take(SessionId session, const LockRequest& request);
  void wait(SessionId session, const LockRequest& request) { waits_.push_back({session, request}); }
  void give_up(SessionId session);

  // Once; false if the session does not hold it at session level.
  bool release(SessionId session, const LockKey& key, bool shared);
  void release_all(SessionId session, LockLevel level);

  [[nodiscard]] bool held_by(SessionId session) const;
  // Whether it waits, through others, for itself.
  [[nodiscard]] bool in_a_circle(SessionId session) const;
  // The next who has been given what it waited for, since the last call.
  std::optional<SessionId> next_granted();

 private:
  struct Hold {
    SessionId session;
    LockRequest lock;
  };

  [[nodiscard]] static bool conflict(const Hold& one, const Hold& other);
  [[nodiscard]] bool free_for(const Hold& wanted) const;
  void grant();

  std::vector<Hold> held_;  // once for each time it was taken
  std::vector<Hold> waits_;
  std::vector<SessionId> granted_;
};

}  // namespace poolproof::world::postgres
