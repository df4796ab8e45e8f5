#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace rowhouse::console {

// What is kept of a password: Argon2id with its parameters, as libsodium writes it. Takes about
// 50 ms and 32 MiB; one at a time in the process, so that a flood of sign-ins takes neither
// memory nor more than one core. Threads: any; waits for others.
std::string HashPassword(std::string_view password);

// False also for an empty or malformed hash, after the same work as for a good one: how long it
// takes does not tell whether there is such an account.
bool PasswordMatches(std::string_view password, const std::string& hash);

// 32 random bytes of the system, as text of 43 characters for URLs, headers and cookies.
std::string RandomToken();

// What is kept of a random token: it needs no slow hash, since it can't be guessed.
std::string HashToken(std::string_view token);

}  // namespace rowhouse::console
