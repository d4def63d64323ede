// The model in the words of agent.py, so that the two can be compared letter by letter.
#pragma once

#include <string>

#include "model/pool_model.hpp"

namespace poolproof::integration {

// The head of a sequence.
std::string words_of(const model::PoolConfig& config, bool recreated);

// An operation: "c2:checkout,this_one". REQUIRES: it is one of the profile sqlalchemy.
std::string words_of(const model::Event& event, const model::Failures& failures);

// The observation that this step predicts.
std::string words_of(const model::PoolConfig& config, const model::Step& step);

}  // namespace poolproof::integration
