using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Chain;

/// <summary>One rendezvous by the ledger, from the first draft to the channel: all of it is kept. Spec: chain.md §7.</summary>
internal sealed record Meeting
{
    public required long Number { get; init; }

    public required MeetingRole Role { get; init; }

    public required MeetingState State { get; init; }

    public required MessageProfile Profile { get; init; }

    /// <summary>Who it is with; a stranger's is what its message says, and null if it says none.</summary>
    public DhPublicKey? Contact { get; init; }

    /// <summary>The chain key of somebody who is no contact: nothing is done for him by itself.</summary>
    public LedgerPublicKey? Stranger { get; init; }

    /// <summary>Which keys the two use.</summary>
    public uint Generation { get; init; }

    /// <summary>o of the invitation's transaction; zeros while it is being drafted.</summary>
    public Bytes32 Invitation { get; init; }

    /// <summary>ID of that transaction, as it was first seen.</summary>
    public Bytes32 InvitationId { get; init; }

    /// <summary>Hash of the invitation's message: the same for the same words.</summary>
    public Bytes32 InvitationHash { get; init; }

    /// <summary>The same three of the acceptance.</summary>
    public Bytes32 Answer { get; init; }

    public Bytes32 AnswerId { get; init; }

    public Bytes32 AnswerHash { get; init; }

    /// <summary>What the peer's transaction spends: whoever else spends it undoes the message.</summary>
    public OutPoint[] PeerInputs { get; init; } = [];

    /// <summary>Where we wait.</summary>
    public HostPort? Own { get; init; }

    /// <summary>Where the peer says it waits.</summary>
    public HostPort? Peer { get; init; }

    /// <summary>An admin certified that address: see <see cref="AddressWord.Proven"/>.</summary>
    public bool IsProven { get; init; }

    /// <summary>The transaction that we sent, or are to send; empty if none.</summary>
    public byte[] Raw { get; init; } = [];

    /// <summary>What that costs, in satoshi.</summary>
    public ulong Fee { get; init; }

    /// <summary>Whether nobody was asked before that was spent.</summary>
    public bool IsAutomatic { get; init; }

    /// <summary>Best height when it began: its life is counted from there.</summary>
    public int Since { get; init; }

    /// <summary>The block of the peer's message; null while it is in none.</summary>
    public int? Height { get; init; }

    /// <summary>Handshakes that came to nothing.</summary>
    public int Failures { get; init; }

    /// <summary>Why it is not further, or what is wrong with it.</summary>
    public string? Trouble { get; init; }

    public DateTimeOffset Begun { get; init; }

    public DateTimeOffset Changed { get; init; }

    public bool IsOver => State is MeetingState.Connected or MeetingState.Failed;
}

/// <summary>Who began.</summary>
internal enum MeetingRole { Inviter, Invitee }

/// <summary>Where a meeting is.</summary>
internal enum MeetingState
{
    /// <summary>Ours: no transaction for it yet.</summary>
    Drafted,

    /// <summary>Ours: the invitation is on its way.</summary>
    Sent,

    /// <summary>Theirs: an invitation that was read, and waits for a yes.</summary>
    Decrypted,

    /// <summary>Theirs: an acceptance is being made.</summary>
    Accepting,

    /// <summary>Each knows where the other waits.</summary>
    Addressed,

    /// <summary>Both dial and listen.</summary>
    Handshaking,

    /// <summary>The peer has proved the key that belongs to its chain key.</summary>
    Connected,

    /// <summary>It came to nothing; addresses are forgotten.</summary>
    Failed,
}
