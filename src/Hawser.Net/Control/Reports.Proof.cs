namespace Hawser.Net.Control;

/// <param name="Hub">Name, link or web address of the hub that is to prove; null: the first that was signed on to.</param>
/// <param name="Method">As <c>sp3 prove --method</c> takes it; null tries the strongest first.</param>
/// <param name="Audience">Who is to believe it: an ID, a contact, or <c>anyone</c>; null: the hub itself.</param>
/// <param name="From">The address of this machine to use; null leaves it to the kernel.</param>
/// <param name="Port">The port to use; 0 takes a free one.</param>
/// <param name="Extra">What a method takes beside, by name.</param>
internal sealed record AddressProveArgs(string? Hub, string? Method, string? Audience, string? From, ushort Port, IReadOnlyDictionary<string, string> Extra);

/// <param name="Certificate">In base64url.</param>
/// <param name="Audience">Who verifies: an ID; null: this node.</param>
/// <param name="Key">Whose it has to be; null: whoever's.</param>
/// <param name="Level">host or port: what it is to be good for.</param>
internal sealed record AddressVerifyArgs(string Certificate, string? Audience, string? Key, string Level);

/// <summary>A step on the way to a certificate, or the certificate.</summary>
/// <param name="Step">What is being done now; null in the last, which has all the rest.</param>
/// <param name="Address">What is certified.</param>
/// <param name="Transport">udp or tcp.</param>
/// <param name="Method">How it was proved.</param>
/// <param name="Level">host, or port.</param>
/// <param name="Key">Whose address it was.</param>
/// <param name="Prover">The admin whose word it is.</param>
/// <param name="Audience">For whom, as in the certificate; null: for all.</param>
/// <param name="Certificate">The 150 bytes in base64url.</param>
/// <param name="Fault">What speaks against it; null if nothing does.</param>
internal sealed record AddressProofReport(string? Step, string? Address = null, string? Transport = null, string? Method = null, string? Level = null, string? Key = null,
    string? Prover = null, DateTimeOffset? Issued = null, DateTimeOffset? Expires = null, string? Audience = null, string? Certificate = null, string? Fault = null);

/// <summary>What happens in a consented delivery.</summary>
/// <param name="State">open, consented, refused, packet, or sent.</param>
/// <param name="Address">Where packets go, or are taken.</param>
/// <param name="Session">The sender's.</param>
internal sealed record Sp3Report(string State, string? Address, string? Session)
{
    /// <summary>In base64.</summary>
    public string? Payload { get; init; }

    /// <summary>How many were sent.</summary>
    public int? Packets { get; init; }
}
