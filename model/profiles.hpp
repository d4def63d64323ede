// The two transition functions behind step(), one for each profile. Inside model/ only.
#pragma once

#include "model/pool_model.hpp"

namespace poolproof::model {

// REQUIRE: the event is legal in `before`.
Step strict_step(const PoolConfig& config, const State& before, const Event& event,
                 const Failures& failures);
Step queue_pool_step(const PoolConfig& config, const State& before, const Event& event,
                     const Failures& failures);

}  // namespace poolproof::model
