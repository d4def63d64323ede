// What a step does to what others may meet: the unit of dependence in an exploration. An access
// says itself on which others it depends; the exploration knows no kinds.
#pragma once

#include <cstdint>

#include "props/world/time.hpp"

namespace poolproof::explore::dpor {

// Of an object of one run, the same in all runs that begin in the same way: see Names.
enum class ObjectId : std::uint64_t {};

// What all that tells the time, waits for it or lets it pass has in common.
inline constexpr ObjectId kTime{1};

class Access {
 public:
  static Access read(ObjectId object) { return Access(object, Kind::read); }
  static Access write(ObjectId object) { return Access(object, Kind::write); }
  // Of a lock. A release is not reversible with who then takes it: he could not have before.
  static Access acquire(ObjectId lock, bool shared) {
    return Access(lock, shared ? Kind::acquire_shared : Kind::acquire);
  }
  static Access release(ObjectId lock, bool shared) {
    return Access(lock, shared ? Kind::release_shared : Kind::release);
  }
  // What follows depends on what time it is.
  static Access look() { return Access(kTime, Kind::look); }
  // A task's timer that was due then has come; or what happens in no task has.
  static Access pass(world::Time due, bool in_no_task) {
    return Access(kTime, in_no_task ? Kind::happen : Kind::pass, due);
  }
  // It never will; others may, now.
  static Access disarm(world::Time due, bool in_no_task) {
    return Access(kTime, in_no_task ? Kind::call_off : Kind::disarm, due);
  }

  [[nodiscard]] ObjectId object() const { return object_; }
  [[nodiscard]] bool acquires() const {
    return kind_ == Kind::acquire || kind_ == Kind::acquire_shared;
  }
  [[nodiscard]] bool releases() const {
    return kind_ == Kind::release || kind_ == Kind::release_shared;
  }
  // Whether it is a reader's, of a lock.
  [[nodiscard]] bool is_shared() const {
    return kind_ == Kind::acquire_shared || kind_ == Kind::release_shared;
  }

  // Whether it depends on every other one of its object, and so stands for all those before it.
  [[nodiscard]] bool is_exclusive() const {
    return kind_ == Kind::write || kind_ == Kind::acquire || kind_ == Kind::release;
  }

  // Of one and the same object, by two processes: whether their order makes a difference.
  [[nodiscard]] bool depends(const Access& other) const {
    switch (kind_) {
      case Kind::read:
      case Kind::acquire_shared:
      case Kind::release_shared: return other.kind_ != Kind::read && !other.is_shared();
      case Kind::write:
      case Kind::acquire:
      case Kind::release: return true;
      case Kind::look: return other.comes();
      // The earlier comes first, whatever the schedule; of those that are due at once what happens
      // in no task, in the order in which it was planned. Timers of tasks that are due at once may
      // come either way, and each finds the same time.
      case Kind::pass:
      case Kind::happen:
        if (other.kind_ == Kind::look) return true;
        if (other.comes())
          return kind_ == Kind::happen || other.kind_ != kind_ || other.due_ != due_;
        return other.lets(*this);
      case Kind::disarm:
      case Kind::call_off: return lets(other);
    }
    return true;
  }

  // As numbers that mean nothing elsewhere.
  struct Parts {
    std::uint64_t object;
    std::int64_t due;
    std::uint8_t kind;
  };
  [[nodiscard]] Parts parts() const {
    return {static_cast<std::uint64_t>(object_), due_.time_since_epoch().count(),
            static_cast<std::uint8_t>(kind_)};
  }
  explicit Access(const Parts& parts)
      : object_(ObjectId{parts.object}),
        due_(world::Time::duration(parts.due)),
        kind_(static_cast<Kind>(parts.kind)) {}

  friend bool operator==(const Access&, const Access&) = default;

 private:
  enum class Kind : std::uint8_t {
    read,
    write,
    acquire,
    acquire_shared,
    release,
    release_shared,
    look,
    pass,
    happen,
    disarm,
    call_off
  };

  // Time gets there.
  [[nodiscard]] bool comes() const { return kind_ == Kind::pass || kind_ == Kind::happen; }
  // Calls off what `other`, which comes, would have had to wait for.
  [[nodiscard]] bool lets(const Access& other) const {
    if (!other.comes()) return false;
    if (kind_ == Kind::call_off) return due_ <= other.due_;
    return kind_ == Kind::disarm && due_ < other.due_;
  }

  Access(ObjectId object, Kind kind, world::Time due = {})
      : object_(object), due_(due), kind_(kind) {}

  ObjectId object_;
  world::Time due_;
  Kind kind_;
};

}  // namespace poolproof::explore::dpor
