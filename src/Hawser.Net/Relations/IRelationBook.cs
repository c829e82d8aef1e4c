using Hawser.Session;

namespace Hawser.Net.Relations;

/// <summary>Where tallies and messages are kept. What a method has returned from, outside <see cref="Atomically"/>, is durable.</summary>
internal interface IRelationBook
{
    /// <summary>Rises when the book is put back from a copy.</summary>
    uint Generation { get; }

    /// <summary>Makes several changes one, which is durable on return.</summary>
    void Atomically(Action changes);

    IReadOnlyList<BookedTally> Tallies();

    IReadOnlyList<BookedSeries> Series();

    /// <summary>The highest place of a message; 0 if there is none.</summary>
    long LastSeq();

    /// <summary>Writes a tally under a number that no other has.</summary>
    void Book(long number, TallyRecord record);

    void Book(BookedSeries series);

    void Book(IReadOnlyList<BookedMessage> messages);

    /// <summary>A series of ours, with its messages, is another tally's from now on.</summary>
    void Move(ulong series, long from, long to);

    /// <summary>The user has seen messages of a tally up to this place.</summary>
    void MarkRead(long tally, long seq);

    /// <summary>Messages of ours, from a number on, which all lie after a place.</summary>
    IReadOnlyList<BookedMessage> Outgoing(long tally, ulong series, ulong from, long after, int max);

    /// <summary>The last before a place, in order.</summary>
    IReadOnlyList<BookedMessage> Before(long tally, long seq, int max);

    /// <summary>The first of the partner's that the user has not seen.</summary>
    IReadOnlyList<BookedMessage> Unread(long tally, int max);

    long CountUnread(long tally);
}

/// <param name="Number">Its number in the book.</param>
/// <param name="Record">The tally.</param>
/// <param name="ReadTo">The place up to which the user has read.</param>
internal sealed record BookedTally(long Number, TallyRecord Record, long ReadTo);

/// <param name="Tally">The tally's number in the book.</param>
/// <param name="Outgoing">Whether it is ours.</param>
/// <param name="Series">As messages bear it.</param>
/// <param name="Done">Numbers that are delivered, or kept.</param>
/// <param name="Last">The highest number that we gave.</param>
internal sealed record BookedSeries(long Tally, bool Outgoing, ulong Series, string Done, ulong Last);

/// <summary>A message as it is kept.</summary>
/// <param name="Seq">Its place among all messages of the book.</param>
/// <param name="Tally">The tally's number in the book.</param>
/// <param name="Outgoing">Whether it is ours.</param>
/// <param name="Series">With the number its identity.</param>
/// <param name="Number">In its series.</param>
/// <param name="Sent">Milliseconds of Unix time, by the sender's clock.</param>
/// <param name="Kept">The same by ours, when it was kept.</param>
/// <param name="Type">ASCII.</param>
/// <param name="Body">JSON.</param>
internal sealed record BookedMessage(
    long Seq, long Tally, bool Outgoing, ulong Series, ulong Number, long Sent, long Kept, byte[] Type, byte[] Body);

/// <summary>
/// A channel to another site, over whatever carrier: messages with their lengths before them, as frames.md cuts them.
/// </summary>
internal interface ISiteChannel
{
    /// <summary>The channel key that the other end proved.</summary>
    Crypto.DhPublicKey Site { get; }

    /// <summary>Sends whole messages, each with its length before it; waits while the carrier has no room.</summary>
    ValueTask SendAsync(ReadOnlyMemory<byte> frames, CancellationToken cancel);

    /// <summary>The next bytes of framed messages; 0 at the end.</summary>
    ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancel);

    /// <summary>Ends it.</summary>
    void Close();

    /// <summary>Whether both ends rather send on this than on another one to the same site.</summary>
    bool IsBetterThan(ISiteChannel other) => false;
}
