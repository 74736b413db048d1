using System.Buffers.Binary;

namespace Hermes.Domain.Mesh;

/// <summary>What the chance of a bid hangs on: its four components as the award weighs them (weight × component, 0–1), and how many bid against it.</summary>
/// <param name="Cheapness">Weighted price component.</param>
/// <param name="Performance">Weighted performance component.</param>
/// <param name="Speed">Weighted speed component.</param>
/// <param name="Reputation">Weighted reputation component.</param>
/// <param name="Rivals">Other bids; expected ones where they are not known.</param>
public readonly record struct BidFeatures(double Cheapness, double Performance, double Speed, double Reputation, double Rivals)
{
    /// <summary>Of a score and the weights that it was made with.</summary>
    public static BidFeatures Of(BidScore score, BidWeights weights, double rivals) => new(
        (double)(score.Price * weights.Price) / 100, (double)(score.Performance * weights.Performance) / 100,
        (double)(score.Speed * weights.Speed) / 100, (double)(score.Reputation * weights.Reputation) / 100, rivals);

    /// <summary>As the regression takes them, 1 first.</summary>
    internal double[] Row() => [1, Cheapness, Performance, Speed, Reputation, Math.Log(0.25 + Rivals)];
}

/// <summary>A decided bid.</summary>
/// <param name="Contract">Its contract: bids of one contract stay together when the history is split.</param>
/// <param name="Capability">What the contract required, as one text.</param>
/// <param name="Bidder">The bidder's tenant.</param>
/// <param name="Features">What it offered.</param>
/// <param name="Won">Whether it was awarded first.</param>
public sealed record DecidedBid(Guid Contract, string Capability, Guid Bidder, BidFeatures Features, bool Won);

/// <summary>What is known of bids for a capability, aggregated.</summary>
/// <param name="Offset">Added to the log odds.</param>
/// <param name="Rivals">Expected number of other bids.</param>
/// <param name="Bids">Decided bids that this rests on.</param>
public sealed record CapabilityHistory(double Offset, double Rivals, int Bids);

/// <summary>A corner of the calibration curve.</summary>
/// <param name="Said">What the regression says.</param>
/// <param name="Was">How often such bids won.</param>
public sealed record CalibrationPoint(double Said, double Was);

/// <summary>A tenth of the reliability diagram, from bids that nothing was fitted to.</summary>
/// <param name="From">Predictions from here.</param>
/// <param name="To">Up to here.</param>
/// <param name="Bids">How many.</param>
/// <param name="Predicted">Their mean prediction.</param>
/// <param name="Observed">The share that won.</param>
public sealed record ReliabilityBin(double From, double To, int Bids, double Predicted, double Observed);

/// <summary>
/// How likely a bid wins, learnt from decided bids only: a logistic regression that leans on a prior (so that it says something
/// sensible before there is any history, and little history moves it little), an offset per capability shrunk by empirical
/// Bayes, and an isotonic calibration. Of every five contracts three are fitted, one calibrates, one checks. Deterministic.
/// </summary>
public sealed record BidModel
{
    /// <summary>Fewer decided bids than this make no history to speak of.</summary>
    public const int MinBids = 200;

    /// <summary>A capability is told of from so many bids on.</summary>
    public const int MinCapabilityBids = 20;

    /// <summary>A capability is told of from so many bidding organisations on: nobody's bids can be read from it.</summary>
    public const int MinBidders = 3;

    private const double Shrink = 10;
    private const double ContractsOfPrior = 5;

    /// <summary>At a score of 60 the chances are 1 in as many as bid; ten points more are worth a factor of e. Deviations: how far history may move each.</summary>
    private static readonly double[] Prior = [-6, 10, 10, 10, 10, -1];
    private static readonly double[] Deviation = [2, 5, 5, 5, 5, 0.5];

    /// <summary>Intercept, four components, logarithm of rivals.</summary>
    public required IReadOnlyList<double> Coefficients { get; init; }

    /// <summary>The calibration curve, rising; empty where there was too little to calibrate by.</summary>
    public required IReadOnlyList<CalibrationPoint> Calibration { get; init; }

    /// <summary>What is known by capability; those with too little of it are left out.</summary>
    public required IReadOnlyDictionary<string, CapabilityHistory> Capabilities { get; init; }

    /// <summary>Expected number of other bids where nothing is known of the capability.</summary>
    public required double Rivals { get; init; }

    /// <summary>Decided bids in all.</summary>
    public required int Bids { get; init; }

    /// <summary>The reliability diagram; empty where there was nothing to check by.</summary>
    public required IReadOnlyList<ReliabilityBin> Reliability { get; init; }

    /// <summary>Mean distance of predicted and observed over the diagram, weighted by bids; null where there was nothing to check by.</summary>
    public required double? CalibrationError { get; init; }

    /// <summary>True while the prior says more than history does.</summary>
    public bool IsPrior => Bids < MinBids;

    /// <summary>What is said before there is any history.</summary>
    public static readonly BidModel Unfitted = Fit([]);

    /// <summary>Learns from decided bids. The same bids, in whatever order, make the same model.</summary>
    public static BidModel Fit(IReadOnlyCollection<DecidedBid> decided)
    {
        ArgumentNullException.ThrowIfNull(decided);
        var bids = decided.OrderBy(b => b.Contract).ThenBy(b => b.Features.Cheapness).ThenBy(b => b.Features.Performance).ThenBy(b => b.Features.Speed).ThenBy(b => b.Features.Reputation).ToList();
        var rivals = bids.GroupBy(b => b.Contract).Select(c => c.Count() - 1.0).DefaultIfEmpty(2).Average();
        var parts = bids.ToLookup(b => Part(b.Contract));
        var model = new BidModel
        {
            Coefficients = Regress([.. parts[0], .. parts[1], .. parts[2]]),
            Calibration = [],
            Capabilities = new SortedDictionary<string, CapabilityHistory>(),
            Rivals = rivals,
            Bids = bids.Count,
            Reliability = [],
            CalibrationError = null,
        };
        model = model with { Capabilities = Known([.. parts[0], .. parts[1], .. parts[2]], model, rivals) };
        if (model.IsPrior)
            return model;
        model = model with { Calibration = Isotonic(parts[3].Select(b => (model.Predict(b.Features, b.Capability), b.Won))) };
        var checks = parts[4].Select(b => (Said: model.Predict(b.Features, b.Capability), b.Won)).ToList();
        return model with { Reliability = Diagram(checks), CalibrationError = checks.Count == 0 ? null : Diagram(checks).Sum(t => t.Bids * Math.Abs(t.Predicted - t.Observed)) / checks.Count };
    }

    /// <summary>The chance that such a bid wins, 0–1.</summary>
    public double Predict(BidFeatures features, string capability)
    {
        var odds = features.Row().Zip(Coefficients, (x, c) => x * c).Sum() + (Capabilities.TryGetValue(capability, out var known) ? known.Offset : 0);
        var said = 1 / (1 + Math.Exp(-odds));
        return Calibration.Count == 0 ? said : Curve(said);
    }

    /// <summary>How many bid against one for a capability, as history has it.</summary>
    public double ExpectedRivals(string capability) => Capabilities.TryGetValue(capability, out var known) ? known.Rivals : Rivals;

    /// <summary>The reliability diagram of predictions against what came.</summary>
    public static IReadOnlyList<ReliabilityBin> Diagram(IReadOnlyCollection<(double Said, bool Won)> checks) =>
    [
        .. checks.GroupBy(c => Math.Min(9, (int)(c.Said * 10))).OrderBy(g => g.Key)
            .Select(g => new ReliabilityBin(g.Key / 10.0, (g.Key + 1) / 10.0, g.Count(), g.Average(c => c.Said), g.Average(c => c.Won ? 1.0 : 0))),
    ];

    // Which fifth a contract belongs to: the same for good, so that what checks a model was never fitted by it.
    private static int Part(Guid contract) => (int)(BinaryPrimitives.ReadUInt32BigEndian(contract.ToByteArray().AsSpan(12)) % 5);

    /// <summary>Newton's method on the log posterior, which has one peak.</summary>
    private static double[] Regress(IReadOnlyList<DecidedBid> bids)
    {
        var size = Prior.Length;
        var at = Prior.ToArray();
        for (var turn = 0; turn < 50; turn++)
        {
            var (slope, bend) = (new double[size], new double[size, size]);
            for (var i = 0; i < size; i++)
            {
                var precision = 1 / (Deviation[i] * Deviation[i]);
                slope[i] = -(at[i] - Prior[i]) * precision;
                bend[i, i] = precision;
            }
            foreach (var bid in bids)
            {
                var row = bid.Features.Row();
                var odds = 0.0;
                for (var i = 0; i < size; i++)
                    odds += row[i] * at[i];
                var chance = 1 / (1 + Math.Exp(-odds));
                for (var i = 0; i < size; i++)
                {
                    slope[i] += row[i] * ((bid.Won ? 1 : 0) - chance);
                    for (var j = 0; j < size; j++)
                        bend[i, j] += row[i] * row[j] * chance * (1 - chance);
                }
            }
            var step = Solve(bend, slope);
            // A long step from far away may overshoot; the peak is found all the same.
            var length = Math.Min(1, 5 / Math.Max(1e-9, step.Max(Math.Abs)));
            for (var i = 0; i < size; i++)
                at[i] += step[i] * length;
            if (step.Max(Math.Abs) < 1e-10)
                break;
        }
        return at;
    }

    /// <summary>Gaussian elimination; the matrix is positive definite by the prior.</summary>
    private static double[] Solve(double[,] left, double[] right)
    {
        var size = right.Length;
        for (var k = 0; k < size; k++)
        {
            for (var i = k + 1; i < size; i++)
            {
                var factor = left[i, k] / left[k, k];
                for (var j = k; j < size; j++)
                    left[i, j] -= factor * left[k, j];
                right[i] -= factor * right[k];
            }
        }
        for (var k = size - 1; k >= 0; k--)
        {
            for (var j = k + 1; j < size; j++)
                right[k] -= left[k, j] * right[j];
            right[k] /= left[k, k];
        }
        return right;
    }

    /// <summary>How far each capability is off, shrunk towards nothing by ten bids; what few bid on is left out.</summary>
    private static SortedDictionary<string, CapabilityHistory> Known(IReadOnlyList<DecidedBid> bids, BidModel model, double rivals)
    {
        var known = new SortedDictionary<string, CapabilityHistory>(StringComparer.Ordinal);
        foreach (var group in bids.GroupBy(b => b.Capability))
        {
            if (group.Count() < MinCapabilityBids || group.Select(b => b.Bidder).Distinct().Count() < MinBidders)
                continue;
            var contracts = group.GroupBy(b => b.Contract).ToList();
            known[group.Key] = new CapabilityHistory(
                Math.Log((group.Count(b => b.Won) + Shrink) / (group.Sum(b => model.Predict(b.Features, "")) + Shrink)),
                (contracts.Sum(c => c.Count() - 1) + (ContractsOfPrior * rivals)) / (contracts.Count + ContractsOfPrior),
                group.Count());
        }
        return known;
    }

    /// <summary>Pools adjacent violators over groups of predictions in their order: the best rising curve.</summary>
    private static List<CalibrationPoint> Isotonic(IEnumerable<(double Said, bool Won)> pairs)
    {
        var sorted = pairs.OrderBy(p => p.Said).ToList();
        if (sorted.Count < MinBids / 5)
            return [];
        var pools = new List<(double Said, double Won, int Count)>();
        foreach (var group in sorted.Chunk(Math.Max(10, sorted.Count / 40)))
        {
            pools.Add((group.Sum(p => p.Said), group.Count(p => p.Won), group.Length));
            while (pools.Count > 1 && pools[^1].Won / pools[^1].Count <= pools[^2].Won / pools[^2].Count)
            {
                var (last, before) = (pools[^1], pools[^2]);
                pools.RemoveAt(pools.Count - 1);
                pools[^1] = (before.Said + last.Said, before.Won + last.Won, before.Count + last.Count);
            }
        }
        return pools.ConvertAll(p => new CalibrationPoint(p.Said / p.Count, p.Won / p.Count));
    }

    /// <summary>Straight between the corners, and from them to certainty either way: more is always a little more.</summary>
    private double Curve(double said)
    {
        var (left, right) = (new CalibrationPoint(0, 0), new CalibrationPoint(1, 1));
        foreach (var point in Calibration)
        {
            if (point.Said <= said)
                left = point;
            else
            {
                right = point;
                break;
            }
        }
        return right.Said - left.Said < 1e-12 ? right.Was : left.Was + ((right.Was - left.Was) * (said - left.Said) / (right.Said - left.Said));
    }
}
