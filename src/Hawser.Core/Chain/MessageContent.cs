using System.Buffers.Binary;
using Hawser.Wire;

namespace Hawser.Chain;

/// <summary>What a message says to whom it is for, whichever way it is written.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Address">Where its writer waits; none in a cancel.</param>
/// <param name="Reference">
/// In an acceptance or a cancel: the invitation, by the first 8 bytes of its o in the compact profile, by all of its o or its ID in the full one.
/// </param>
internal readonly record struct MessageContent(MessageKind Kind, HostPort? Address, InvitationReference Reference);

/// <summary>How an invitation is named by who answers it.</summary>
/// <param name="Start">The first 8 bytes of o, big endian; 0 in the full profile.</param>
/// <param name="Whole">o, or the transaction's ID; zeros in the compact profile.</param>
internal readonly record struct InvitationReference(ulong Start, Bytes32 Whole)
{
    public const int CompactSize = 8;

    public static InvitationReference Compact(in Bytes32 outpoints) => new(BinaryPrimitives.ReadUInt64BigEndian(outpoints), default);

    public static InvitationReference Full(in Bytes32 outpoints) => new(0, outpoints);

    /// <summary>Whether this names the invitation.</summary>
    public bool Names(in Bytes32 outpoints, in Bytes32 transaction) => Whole.IsZero
        ? Start != 0 && BinaryPrimitives.ReadUInt64BigEndian(outpoints) == Start
        : Whole == outpoints || Whole == transaction;
}
