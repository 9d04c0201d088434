#include "actors/protocols/messages.hpp"

namespace reserve {

answer_content::answer_content() = default;
answer_content::answer_content(const answer_content&) = default;
answer_content::answer_content(answer_content&&) noexcept = default;
answer_content& answer_content::operator=(const answer_content&) = default;
answer_content& answer_content::operator=(answer_content&&) noexcept = default;
answer_content::~answer_content() = default;

command_body::command_body() = default;
command_body::command_body(const command_body&) = default;
command_body::command_body(command_body&&) noexcept = default;
command_body& command_body::operator=(const command_body&) = default;
command_body& command_body::operator=(command_body&&) noexcept = default;
command_body::~command_body() = default;

} // namespace reserve
