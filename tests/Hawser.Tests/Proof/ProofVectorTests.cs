using System.Text;
using System.Text.Json;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Proof;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Proof;

/// <summary>The vectors of address.md, made by another program from the page alone, in both directions.</summary>
public class ProofVectorTests
{
    private sealed record Named(string Name, string Hex, bool Reject);

    private sealed record Certificate(string Name, string Hex, long At, int Level, string? Fault);

    private sealed record Challenge(string To, string Datagram);

    private sealed record Said(string Text, bool Reject);

    private sealed record Page(string Genesis, string Prover, string ProverSeed, string ProverKey, string Seed, string Key, string Verifier, string Audience, string Challenge,
        Challenge[] Challenges, Named[] Requests, Named[] Answers, Certificate[] Certificates, Said[] Texts);

    private static readonly Page Vectors = JsonSerializer.Deserialize<Page>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "address.json")), JsonSerializerOptions.Web)!;

    private static readonly Bytes32 Genesis = Bytes32.Read(Convert.FromHexString(Vectors.Genesis));
    private static readonly SigningKey ProverKey = new(Bytes32.Read(Convert.FromHexString(Vectors.ProverSeed))), Mine = new(Bytes32.Read(Convert.FromHexString(Vectors.Seed)));
    private static readonly RoutingId Prover = Id(Vectors.Prover);
    private static readonly Token16 Me = AddressCertificate.AudienceOf(Id(Vectors.Verifier));
    private static readonly StunId Drawn = StunId.Of(Convert.FromHexString(Vectors.Challenge));

    public static TheoryData<string> Requests() => [.. Vectors.Requests.Select(v => v.Name)];

    public static TheoryData<string> Answers() => [.. Vectors.Answers.Select(v => v.Name)];

    public static TheoryData<string> Certificates() => [.. Vectors.Certificates.Select(v => v.Name)];

    [Fact]
    public void Keys_and_the_audience_match_the_spec()
    {
        Assert.Equal((Vectors.ProverKey, Vectors.Key), (ProverKey.Public.ToString(), Mine.Public.ToString()));
        Assert.Equal(Vectors.Audience, Convert.ToHexStringLower(Me.ToArray()));
    }

    [Fact]
    public void Challenges_are_the_datagrams_of_the_spec()
    {
        foreach (var vector in Vectors.Challenges)
        {
            Assert.True(HostPort.TryParse(vector.To, out var to));
            Assert.Equal(vector.Datagram, Convert.ToHexStringLower(ListeningProof.Datagram(Drawn, to)));
        }
    }

    [Theory, MemberData(nameof(Requests))]
    public void A_request_reads_and_writes_as_the_spec_says(string name)
    {
        var vector = Vectors.Requests.Single(v => v.Name == name);
        Assert.Equal(!vector.Reject, AddressRequest.TryRead(Convert.FromHexString(vector.Hex), out var request));
        if (!vector.Reject) Assert.Equal(vector.Hex, Convert.ToHexStringLower(request!.ToArray()));
    }

    [Theory, MemberData(nameof(Answers))]
    public void An_answer_holds_or_not_as_the_spec_says(string name)
    {
        var vector = Vectors.Answers.Single(v => v.Name == name);
        Assert.True(AddressAnswer.TryRead(Convert.FromHexString(vector.Hex), out var answer));
        Assert.Equal(!vector.Reject, answer!.IsSigned(Genesis, Prover));
        if (!vector.Reject) Assert.Equal(vector.Hex, Convert.ToHexStringLower(AddressAnswer.Sign(Mine, answer.Request, Drawn, Genesis, Prover).ToArray()));
    }

    [Theory, MemberData(nameof(Certificates))]
    public void A_certificate_holds_or_not_as_the_spec_says(string name)
    {
        var vector = Vectors.Certificates.Single(v => v.Name == name);
        var read = AddressCertificate.TryRead(Convert.FromHexString(vector.Hex), out var certificate);
        Assert.Equal(vector.Fault != "Unreadable", read);
        if (!read) return;
        var fault = certificate!.FaultOf(DateTimeOffset.FromUnixTimeSeconds(vector.At), Genesis, ProverKey.Public, Me, Mine.Public, (AddressLevel)vector.Level);
        Assert.Equal(vector.Fault, fault?.ToString());
        if (fault is null) Assert.Equal(vector.Hex, Convert.ToHexStringLower(certificate.Sign(ProverKey, Genesis).ToArray()));
    }

    [Fact]
    public void What_a_prover_says_of_itself_has_one_form()
    {
        foreach (var vector in Vectors.Texts)
        {
            Assert.Equal(!vector.Reject, ProverText.TryRead(Encoding.UTF8.GetBytes(vector.Text), out var prover));
            if (!vector.Reject) Assert.Equal(vector.Text, Encoding.UTF8.GetString(prover!.Write()));
        }
    }

    private static RoutingId Id(string text) => RoutingId.TryParse(text, out var id) ? id : throw new InvalidOperationException(text);
}
