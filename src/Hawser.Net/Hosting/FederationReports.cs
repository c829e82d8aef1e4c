using System.Text;
using Hawser.Federation;
using Hawser.Net.Control;
using Hawser.Wire;

namespace Hawser.Net.Hosting;

/// <summary>Federation files as people see them, at a node and at a hub.</summary>
internal static class FederationReports
{
    private const int FingerprintBytes = 16;

    /// <summary>Reads a file that somebody typed the name of.</summary>
    public static Genesis Parse(string text) => Genesis.TryRead(Encoding.UTF8.GetBytes(text), out var genesis)
        ? genesis
        : throw new HawserException(Reason.Usage, "this is no federation file", "take the file as hawser federation new printed it, unchanged");

    /// <param name="genesis">The file.</param>
    /// <param name="height">As far as is known.</param>
    /// <param name="members">The admins of today; null: the founders.</param>
    public static FederationReport Of(Genesis genesis, ulong height, Members? members = null) => new(
        genesis.Hash.ToString(), Fingerprint(genesis.Hash),
        [
            .. (members ?? genesis.Founders).All.Select(member => new FederationMember(member.Name, member.Id.ToString(),
                member.Key.ToString(), member.ChannelKey.ToString(), member.Url, [member.At.ToString()])),
        ],
        (members ?? genesis.Founders).MaxFaulty, genesis.Clock.TickLength.TotalSeconds, height, genesis.ToString());

    /// <summary>Half of the hash, in groups for reading aloud.</summary>
    public static string Fingerprint(in Bytes32 genesis) => string.Join(' ',
        Convert.ToHexStringLower(genesis)[..(2 * FingerprintBytes)].Chunk(4).Select(group => new string(group)));
}
