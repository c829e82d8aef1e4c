using Hawser.Crypto;
using Hawser.Net;
using Hawser.Noise;
using Hawser.Wire;

namespace Hawser.Lab;

/// <summary>
/// One side of a live Noise handshake, for somebody else's implementation at the other end of a pipe: a line in, a
/// line out, all in hex. Our keys are drawn anew.
/// </summary>
internal static class NoiseTool
{
    // hawser lab noise-peer PATTERN initiator|responder PROLOGUE [REMOTE], which says its static key; then lines
    // "write PAYLOAD", "read MESSAGE", "split", "seal AD PLAIN", "open AD BOX", "rekey-send", "rekey-receive".
    public static int Run(string patternName, string role, string prologue, string? remote)
    {
        var pattern = patternName switch { "N" => Pattern.N, "NK" => Pattern.NK, "IK" => Pattern.IK, "KK" => Pattern.KK, _ => throw new ArgumentException(patternName) };
        var own = DhKeyPair.Generate(SystemEntropy.Shared);
        Say(Convert.ToHexStringLower(own.Public.Bytes.ToArray()));
        remote ??= Console.In.ReadLine();
        DhPublicKey? peer = remote is { Length: > 0 } ? new(Bytes32.Read(Convert.FromHexString(remote))) : null;
        var isInitiator = role == "initiator";
        var state = isInitiator
            ? HandshakeState.Initiator(pattern, Convert.FromHexString(prologue), own, peer!.Value)
            : HandshakeState.Responder(pattern, Convert.FromHexString(prologue), own, peer);
        CipherState? send = null, receive = null;
        while (Console.In.ReadLine() is { Length: > 0 } line)
        {
            var words = line.Split(' ');
            switch (words[0])
            {
                case "write":
                    var message = new byte[1024];
                    Say(state.TryWrite(SystemEntropy.Shared, Bytes(words[1]), message, out var written) ? Hex(message.AsSpan(0, written)) : "no");
                    break;
                case "read":
                    var payload = new byte[words[1].Length];
                    Say(state.TryRead(Bytes(words[1]), payload, out var length) ? "=" + Hex(payload.AsSpan(0, length)) : "no");
                    break;
                case "split":
                    var (first, second) = state.Split();
                    (send, receive) = isInitiator ? (new CipherState(first), new CipherState(second)) : (new(second), new(first));
                    Say(Hex(state.HandshakeHash));
                    break;
                case "static":
                    Say(state.RemoteStatic is { } key ? Hex(key.Bytes.ToArray()) : "no");
                    break;
                case "seal":
                    var box = new byte[Bytes(words[2]).Length + CipherState.TagSize];
                    send!.Encrypt(Bytes(words[1]), Bytes(words[2]), box);
                    Say(Hex(box));
                    break;
                case "open":
                    var plain = new byte[Bytes(words[2]).Length - CipherState.TagSize];
                    Say(receive!.TryDecrypt(Bytes(words[1]), Bytes(words[2]), plain) ? "=" + Hex(plain) : "no");
                    break;
                case "rekey-send": send!.Rekey(); Say("done"); break;
                case "rekey-receive": receive!.Rekey(); Say("done"); break;
                default: return 2;
            }
        }

        return 0;
    }

    private static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex == "-" ? "" : hex);

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
