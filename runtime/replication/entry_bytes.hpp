#pragma once
// An entry's bytes inside records and messages, as record_codec.hpp says: without what follows from its place.

#include "runtime/replication/byte_fields.hpp"
#include "runtime/replication/record.hpp"

namespace ropewalk::replication {

void put_entry(byte_writer& out, const entry& e);
// partition, index, epoch and prev_hash are the caller's to set. False: not what put_entry() writes.
bool take_entry(byte_reader& in, entry& e);

} // namespace ropewalk::replication
