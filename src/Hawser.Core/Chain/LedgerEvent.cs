namespace Hawser.Chain;

/// <summary>What a client of the ledger wants done, and tells.</summary>
internal abstract record LedgerEvent
{
    private LedgerEvent() { }

    /// <summary>
    /// Choose coins for a transaction with a message. Answer with <see cref="LedgerClient.Compose"/> and
    /// <see cref="LedgerClient.Signed"/>, or with <see cref="LedgerClient.NotFunded"/>.
    /// </summary>
    /// <param name="Number">The meeting.</param>
    /// <param name="Kind">What will be said.</param>
    /// <param name="ScriptSize">Of the output that says it.</param>
    /// <param name="More">Another output, if one is wanted.</param>
    /// <param name="MaxFee">Satoshi, with what the other output gives away; null leaves it to the wallet's own limit.</param>
    public sealed record FundWanted(long Number, MessageKind Kind, int ScriptSize, LedgerOutput? More, ulong? MaxFee) : LedgerEvent;

    /// <summary>Make this durable, then answer with <see cref="LedgerClient.Saved"/>.</summary>
    public sealed record SaveWanted(Meeting Meeting) : LedgerEvent;

    /// <summary>Send this; it is durable. Answer with <see cref="LedgerClient.NotSent"/> if the node refuses it.</summary>
    public sealed record SendWanted(long Number, byte[] Raw) : LedgerEvent;

    /// <summary>Each knows where the other waits: dial and listen. Answer with <see cref="LedgerClient.Handshook"/>.</summary>
    public sealed record Addressed(Meeting Meeting, MeetingSecret Secret) : LedgerEvent;

    /// <summary>Nothing more is to be tried for this one.</summary>
    public sealed record Ended(Meeting Meeting) : LedgerEvent;
}

/// <summary>Why an output with our flag led to nothing, in the order in which it is looked at. Spec: chain.md §5.2.</summary>
internal enum LedgerDrop
{
    /// <summary>No message has this length, or the pushes are not the three.</summary>
    Length,

    /// <summary>For somebody else.</summary>
    NotOurs,

    /// <summary>Seen before.</summary>
    Seen,

    /// <summary>It does not open: altered, or copied from another transaction.</summary>
    Sealed,

    /// <summary>It opens, and is not in the one form.</summary>
    Malformed,

    /// <summary>Of a kind that is not known.</summary>
    Kind,

    /// <summary>For TCP.</summary>
    Carrier,

    /// <summary>Of a stranger, who may not knock here or has not paid for it; or of somebody who is blocked.</summary>
    Sender,

    /// <summary>A signature leaves parts of the transaction open, or there are too many inputs.</summary>
    Inputs,

    /// <summary>The challenge is not signed by who says he wrote it.</summary>
    Signature,

    /// <summary>Older than an invitation lives.</summary>
    Stale,

    /// <summary>It answers no invitation that is open.</summary>
    Reply,

    /// <summary>An address that is not dialled.</summary>
    Address,

    /// <summary>The certificate of the address does not hold; or there is none, and one is wanted.</summary>
    Certificate,
}
