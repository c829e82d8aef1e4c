using System.Net;
using Hawser.Crypto;
using Hawser.Net.Hubs;
using Hawser.Proof;
using Hawser.Wire;

namespace Hawser.Net.Proving;

/// <summary>What a client is to prove, and to whom.</summary>
internal sealed record ProvingWish
{
    public required ProvingPlace Place { get; init; }

    /// <summary>The key that is to be certified: the claim key of this home, as a rule.</summary>
    public required SigningKey Key { get; init; }

    /// <summary>For whom; zero for all.</summary>
    public required Token16 Audience { get; init; }

    /// <summary>The address of this machine to use; null leaves it to the kernel.</summary>
    public IPAddress? From { get; init; }

    /// <summary>The port of this machine to use; 0 takes a free one.</summary>
    public ushort Port { get; init; }

    /// <summary>Whatever else a method takes: <c>--with NAME=VALUE</c>.</summary>
    public IReadOnlyDictionary<string, string> Extra { get; init; } = new Dictionary<string, string>();
}

/// <summary>One attempt to have an address certified: asking, answering, and a look at what comes back.</summary>
/// <param name="wish">What is wanted.</param>
/// <param name="http">For the hub.</param>
/// <param name="say">Takes a few words after every step, for who waits.</param>
internal sealed class ProvingSession(ProvingWish wish, HubClient http, Action<string> say)
{
    public ProvingWish Wish => wish;

    public ProvingPlace Place => wish.Place;

    public HubClient Http => http;

    public void Say(string step) => say(step);

    /// <summary>What stands at the hub under a path, as it came with its own word or comes now; null if there is nothing.</summary>
    public async ValueTask<byte[]?> ListAsync(string path, CancellationToken cancel) =>
        Place.List ?? await http.GetAsync(Place.Url, path, cancel).ConfigureAwait(false);

    /// <summary>Asks for a challenge to an address; what the method's own side at the hub wants told is returned.</summary>
    public async Task<(AddressRequest Request, byte[] Told)> AskAsync(
        ProvenAddress address, AddressMethod method, ReadOnlyMemory<byte> options, CancellationToken cancel)
    {
        if (!Place.Methods.Contains(method))
            throw new HawserException(Reason.Refused, $"the hub {Place.Name} does not prove by {ProvingMethods.NameOf(method)}",
                $"it does by: {string.Join(", ", Place.Methods.Select(ProvingMethods.NameOf))}; another hub may do more: --hub HUB");
        var request = new AddressRequest(wish.Key.Public, address, method, wish.Audience);
        var told = await http.PostAsync(Place.Url, ProverPaths.Ask, [.. request.ToArray(), .. options.Span], null, cancel);
        return (request, told);
    }

    /// <summary>Answers a challenge; the certificate, if the hub has really signed what was asked for.</summary>
    public async Task<AddressCertificate> AnswerAsync(AddressRequest request, StunId challenge, ReadOnlyMemory<byte> evidence, CancellationToken cancel)
    {
        var answer = AddressAnswer.Sign(wish.Key, request, challenge, Place.Genesis, Place.Prover);
        var bytes = await http.PostAsync(Place.Url, ProverPaths.Answer, [.. answer.ToArray(), .. evidence.Span], null, cancel);
        if (!AddressCertificate.TryRead(bytes, out var certificate) || certificate!.Prover != Place.Prover || certificate.Address != request.Address
            || certificate.Method != request.Method || certificate.Audience != request.Audience
            || !certificate.IsSignedBy(Place.AdminKey, Place.Genesis) || certificate.Key != request.Key)
            throw new HawserException(Reason.VerificationFailed, "the hub's certificate is not what was asked for, or not signed by its admin", "do not use it; ask its admin for a new link");
        return certificate;
    }
}
