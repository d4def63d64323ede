// Parts of an exploration as JSON: for another process, or for a file.
#pragma once

#include <nlohmann/json.hpp>

#include "props/explore/dpor/frontier.hpp"

namespace poolproof::explore::dpor {

void to_json(nlohmann::json& json, const Accesses& accesses);
void from_json(const nlohmann::json& json, Accesses& accesses);

void to_json(nlohmann::json& json, const Move& move);
void from_json(const nlohmann::json& json, Move& move);

void to_json(nlohmann::json& json, const WakeupTree& tree);
void from_json(const nlohmann::json& json, WakeupTree& tree);

void to_json(nlohmann::json& json, const Node& node);
void from_json(const nlohmann::json& json, Node& node);

void to_json(nlohmann::json& json, const Remainder& remainder);
void from_json(const nlohmann::json& json, Remainder& remainder);

}  // namespace poolproof::explore::dpor
