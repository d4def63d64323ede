// What a child tells its parent, as JSON.
#pragma once

#include <nlohmann/json.hpp>

#include "props/check/coverage.hpp"
#include "props/check/examine.hpp"
#include "props/check/minimise.hpp"
#include "props/check/telling.hpp"

namespace poolproof::check {

void to_json(nlohmann::json& json, const Coverage& coverage);
void from_json(const nlohmann::json& json, Coverage& coverage);

void to_json(nlohmann::json& json, const Incident& incident);
void from_json(const nlohmann::json& json, Incident& incident);

void to_json(nlohmann::json& json, const Telling& telling);
void from_json(const nlohmann::json& json, Telling& telling);

void to_json(nlohmann::json& json, const Played& played);
void from_json(const nlohmann::json& json, Played& played);

nlohmann::json message_of(const explore::Harvest& harvest);
explore::Harvest harvest_in(const nlohmann::json& json);

// Its parts: see explore::Guide::Parts.
nlohmann::json message_of(const explore::Guide& guide);
explore::Guide guide_in(const nlohmann::json& json);

// A case travels as a token.
nlohmann::json message_of(const Case& smallest);
Case case_in(const nlohmann::json& json);

}  // namespace poolproof::check
