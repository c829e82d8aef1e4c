using Hawser.Crypto;
using Hawser.Handshake;

namespace Hawser.Transport;

/// <summary>What the two sides of a connection attempt tell. Numbers are the machine's own, from 1.</summary>
internal abstract record ConnectEvent
{
    private ConnectEvent() { }

    /// <summary>Initiator: is the challenge worth it? Then find the X; answered by Solved.</summary>
    public sealed record SolveWanted(long Number, Puzzle Puzzle, byte[] ResponseData) : ConnectEvent;

    /// <summary>Host: whose key is this, and may it call at all? Answered by AnswerKey.</summary>
    public sealed record KeyWanted(long Number, PeerName Name) : ConnectEvent;

    /// <summary>Host: somebody who holds this key wants in. Answered by Accept or Refuse.</summary>
    public sealed record Requested(
        long Number, Route Route, DhPublicKey PeerKey, PeerName? Name, HandshakeLetter Letter, byte[] ConnectData)
        : ConnectEvent;

    /// <summary>Both: it stands. The initiator's number is 0.</summary>
    public sealed record Completed(long Number, Established Value) : ConnectEvent;

    /// <summary>Initiator: it came to nothing.</summary>
    public sealed record Failed(ConnectFailure Reason) : ConnectEvent;

    /// <summary>Host: a question was not answered in time, and is void.</summary>
    public sealed record Expired(long Number) : ConnectEvent;
}

/// <summary>Why an attempt came to nothing.</summary>
internal enum ConnectFailure
{
    /// <summary>Nobody answered the request for a challenge: away, silent to us, or not the holder of the key.</summary>
    NoAnswer,

    /// <summary>The host asks for more work than we do.</summary>
    PuzzleTooHard,

    /// <summary>The puzzle was not solved in time.</summary>
    PuzzleUnsolved,

    /// <summary>The challenge was answered, the request was not: no scope for us, or the ticket is void.</summary>
    NotAccepted,

    /// <summary>The host said no, under its key.</summary>
    Refused,
}
