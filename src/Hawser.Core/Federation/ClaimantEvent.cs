using Hawser.Naming;
using Hawser.Tlog;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>Where a claim stands. Spec: registry.md §7.</summary>
internal enum ClaimantState
{
    /// <summary>The seal key is chosen; a ticket is asked for.</summary>
    Draft,

    /// <summary>The sealed claim is on disk and goes to the admins.</summary>
    Sealed,

    /// <summary>A certificate covers it: nobody can come before it any more.</summary>
    Logged,

    /// <summary>The claim window is closed, and the seed told.</summary>
    Revealed,

    /// <summary>The registry shows it; the ID is good for dialling.</summary>
    Provisional,

    /// <summary>The ID is its claimant's.</summary>
    Final,
}

/// <summary>What a claimant asks of an admin's hub.</summary>
internal abstract record HubQuestion
{
    private HubQuestion() { }

    /// <summary>Posts a ticket request; answered with a ticket.</summary>
    public sealed record Ticket(byte[] Body) : HubQuestion;

    /// <summary>Posts a sealed claim; answered with a receipt.</summary>
    public sealed record Claim(byte[] Body) : HubQuestion;

    /// <summary>Posts a reveal; answered with a receipt.</summary>
    public sealed record Reveal(byte[] Body) : HubQuestion;

    /// <summary>Posts a reveal to be logged when the claim window has closed; answered with that height.</summary>
    public sealed record Entrust(byte[] Body) : HubQuestion;

    /// <summary>Posts a share of the reveal, to be kept until the claim window has closed; answered with a word.</summary>
    public sealed record Share(byte[] Body) : HubQuestion;

    /// <summary>How a claim stands before it is decided.</summary>
    public sealed record Tentative(Bytes32 Identity) : HubQuestion;

    /// <summary>Posts a record; answered with a receipt.</summary>
    public sealed record Record(byte[] Body) : HubQuestion;

    /// <summary>The certificate of a height, or the newest.</summary>
    public sealed record Certificate(uint? Height) : HubQuestion;

    /// <summary>The certificate that ends the epoch of this number, from 1.</summary>
    public sealed record Epoch(int Number) : HubQuestion;

    /// <summary>A tile of an admin's log.</summary>
    public sealed record LogTile(RoutingId Admin, Tile Tile) : HubQuestion;

    /// <summary>The ownership proof of an ID.</summary>
    public sealed record Ownership(RoutingId Id) : HubQuestion;
}

/// <summary>What a claimant's machine wants done, and what came about.</summary>
internal abstract record ClaimantEvent
{
    private ClaimantEvent() { }

    /// <summary>Make this durable in place of what was there, then call Done(number).</summary>
    public sealed record Store(long Number, byte[] State) : ClaimantEvent;

    /// <summary>Ask the hub of this member, then call Answer(number): with nothing if there was none.</summary>
    public sealed record Fetch(long Number, Member Member, HubQuestion Question) : ClaimantEvent;

    /// <summary>A certificate that ends an epoch was verified: to be kept.</summary>
    public sealed record EpochEnded(byte[] Certificate) : ClaimantEvent;

    /// <summary>A header was verified: for the pin.</summary>
    public sealed record Verified(Header Header) : ClaimantEvent;

    /// <summary>The state has changed; the ID is known from Sealed on.</summary>
    public sealed record Moved(ClaimantState State, RoutingId? Id) : ClaimantEvent;

    /// <summary>An admin has broken its promise: to be kept, and shown to people.</summary>
    public sealed record Convicted(FraudProof Proof) : ClaimantEvent;

    /// <summary>An admin has said how the claim stands, and with how many others.</summary>
    public sealed record Answered(TentativeAnswer Said) : ClaimantEvent;

    /// <summary>An admin keeps a share of the reveal: so many do now, of so many that are to.</summary>
    public sealed record Shared(int Kept, int Wanted) : ClaimantEvent;

    /// <summary>The claim came to nothing, and another one has begun.</summary>
    public sealed record StartedAgain(string Why) : ClaimantEvent;
}

/// <summary>What the owner wants to stand in the deed.</summary>
internal sealed record ClaimWish
{
    public required string Keyword { get; init; }
    public string OwnerName { get; init; } = "Anonymous";
    public string ContactInfo { get; init; } = "n/a";
    public string Notes { get; init; } = "n/a";
    public required IReadOnlyList<RoutingId> Hubs { get; init; }
    public IReadOnlyList<HostPort> At { get; init; } = [];
    public Bytes32 RecoveryHash { get; init; }
    public DeedLedgerKey LedgerKey { get; init; }

    /// <summary>Whether hubs get the reveal as soon as they can do no harm with it, to log it if the claimant is away.</summary>
    public bool Entrusts { get; init; } = true;

    /// <summary>Whether hubs get shares of the reveal at once, so that the claimant may go off before its claim is certified.</summary>
    public bool Shares { get; init; }

    /// <summary>Whether the ID stays hidden until the reveal; otherwise its rivals can be counted, and so can others see it.</summary>
    public bool Blind { get; init; } = true;
}
