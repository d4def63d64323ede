// Our pool and its specification, side by side. Each verb is done by our Pool against the simulated
// server, and then by the model; it expects of both the same end, the same hooks and the same
// doings on the wire, in the same order, and the same counters afterwards. So a test need only say
// what upstream's says. For use by one task at a time. For tests only; may include impl/poolproof,
// model/ and GoogleTest.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <poolproof/pool.hpp>

#include "integration/sqlalchemy/upstream/stage.hpp"
#include "model/pool_model.hpp"

namespace poolproof::upstream {

class TwinPool;

// A lease of both. As SQLAlchemy's do, it begins a transaction, so that its reset can be seen.
class TwinLease {
 public:
  // No lease.
  TwinLease() = default;
  TwinLease(TwinLease&& other) noexcept = default;
  TwinLease& operator=(TwinLease&& other) noexcept;  // gives back what this one held
  // What upstream does by `del`.
  ~TwinLease() { release(); }

  [[nodiscard]] bool held() const { return lease_ != nullptr; }

  // No effect unless held.
  void release();
  void invalidate(Invalidation how = Invalidation::hard,
                  const std::exception_ptr& reason = nullptr);
  void detach();

  // The connection's session; 0 if it has none.
  [[nodiscard]] int session() const;
  bool execute(const std::string& sql);
  // REQUIRES: held().
  Lease* operator->() const { return lease_.get(); }

 private:
  friend class TwinPool;
  TwinPool* pool_ = nullptr;
  model::CallerId caller_{};
  std::unique_ptr<Lease> lease_;
};

class TwinPool {
 public:
  TwinPool(Stage& stage, PoolOptions options);
  TwinPool(const TwinPool&) = delete;
  TwinPool& operator=(const TwinPool&) = delete;

  // Expects to get one.
  TwinLease acquire();
  // Expects to get none.
  AcquireError fails_to_acquire();

  void dispose();
  [[nodiscard]] std::unique_ptr<TwinPool> recreate() const;

  // What both count, as upstream names it.
  [[nodiscard]] int size() const { return pool_->options().pool_size; }
  [[nodiscard]] int checkedin() const { return static_cast<int>(pool_->status().idle); }
  [[nodiscard]] int overflow() const { return static_cast<int>(pool_->status().overflow); }
  [[nodiscard]] int checkedout() const { return static_cast<int>(pool_->status().checked_out); }

  [[nodiscard]] const PoolOptions& options() const { return pool_->options(); }

  // What was seen during the last verb.
  [[nodiscard]] const Stage::Trace& trace() const { return trace_; }
  // Of all verbs so far: how many lines begin with that; what the server saw.
  [[nodiscard]] int times(const std::string& what) const;
  [[nodiscard]] Stage::Trace wire() const;

 private:
  friend class TwinLease;
  TwinPool(std::unique_ptr<Pool> pool, Stage& stage);

  std::optional<AcquireError> acquire_both(TwinLease& lease);
  void prepare(model::CallerId caller);
  void both(const std::string& verb, const std::function<void()>& ours,
            const std::function<void()>& the_models);
  void step(const model::Event& event);
  void heed(const model::Answer& answer);
  [[nodiscard]] const model::Preparing* preparing(model::CallerId caller) const;
  [[nodiscard]] std::optional<SessionId> concerned(const model::Event& event) const;
  [[nodiscard]] SessionId session(model::ConnectionId connection) const;
  void note(const std::string& what, model::ConnectionId connection);

  Stage& stage_;
  const std::unique_ptr<Pool> pool_;
  const model::PoolConfig config_;
  model::State state_;
  std::uint32_t callers_ = 0;
  std::vector<SessionId> sessions_;  // by number of connection, from 1
  Stage::Trace trace_;               // ours
  Stage::Trace expected_;            // the model's
  Stage::Trace all_;
  std::string end_;  // how the model's acquire ended
};

}  // namespace poolproof::upstream
