namespace Hawser.Noise;

/// <summary>One step of a Noise message: a key sent, or a secret mixed in. Spec: noise.md §4.</summary>
internal enum NoiseToken : byte { E, S, Ee, Es, Se, Ss }

/// <summary>A handshake pattern as data: who knows whose static key before, and what each message does.</summary>
internal sealed class Pattern
{
    public static readonly Pattern N = new("N", false, [NoiseToken.E, NoiseToken.Es]);

    public static readonly Pattern NK =
        new("NK", false, [NoiseToken.E, NoiseToken.Es], [NoiseToken.E, NoiseToken.Ee]);

    public static readonly Pattern KK = new(
        "KK", true, [NoiseToken.E, NoiseToken.Es, NoiseToken.Ss], [NoiseToken.E, NoiseToken.Ee, NoiseToken.Se]);

    public static readonly Pattern IK = new(
        "IK",
        false,
        [NoiseToken.E, NoiseToken.Es, NoiseToken.S, NoiseToken.Ss],
        [NoiseToken.E, NoiseToken.Ee, NoiseToken.Se]);

    private readonly NoiseToken[][] _messages;

    private Pattern(string name, bool knowsInitiator, params NoiseToken[][] messages) =>
        (Name, KnowsInitiator, _messages) = (name, knowsInitiator, messages);

    public string Name { get; }

    /// <summary>As Noise spells it with our suite.</summary>
    public string ProtocolName => $"Noise_{Name}_25519_ChaChaPoly_BLAKE2b";

    /// <summary>Whether the responder knows the initiator's static key before. All four know the responder's.</summary>
    public bool KnowsInitiator { get; }

    public int MessageCount => _messages.Length;

    /// <summary>Messages alternate; the initiator writes the first.</summary>
    public ReadOnlySpan<NoiseToken> Message(int index) => _messages[index];
}
