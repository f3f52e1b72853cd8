import {
  type Alarm,
  Color,
  GraphWidget,
  type HorizontalAnnotation,
  type IMetric,
  type IWidget,
  type YAxisProps,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmId } from './alarm-rule.ts';

/** Columns of a dashboard. */
export const FULL_WIDTH = 24;
const GRAPH_HEIGHT = 6;

/** A graph, before it is known how wide it is. */
export interface Graph {
  readonly title: string;
  readonly left: readonly IMetric[];
  /** Unit of the left axis; without one CloudWatch shows that of the metrics. */
  readonly unit?: string;
  readonly right?: readonly IMetric[];
  readonly rightUnit?: string;
  /**
   * Alarms whose thresholds are drawn, in the unit of the left axis. A line far above the data presses it flat: only where
   * the distance is what one looks for.
   */
  readonly alarms?: readonly AlarmId[];
  /** Limits that are drawn, in the unit of the left axis. */
  readonly limits?: readonly { readonly label: string; readonly value: number }[];
}

/** Draws graphs, with the thresholds of the alarms that there are. */
export class GraphRows {
  readonly #thresholds: ReadonlyMap<string, number>;

  constructor(alarms: readonly Alarm[]) {
    this.#thresholds = new Map(alarms.map((alarm) => [alarm.node.id, alarm.toAnnotation().value]));
  }

  /** Graphs beside each other, as wide as the page. */
  row(graphs: readonly Graph[]): IWidget[] {
    return graphs.map((graph) => this.#widget(graph, FULL_WIDTH / graphs.length));
  }

  #widget({ title, left, unit, right, rightUnit, alarms, limits }: Graph, width: number): IWidget {
    return new GraphWidget({
      title,
      width,
      height: GRAPH_HEIGHT,
      left: [...left],
      leftYAxis: axis(unit),
      leftAnnotations: [
        ...(alarms ?? []).flatMap((id) => this.#threshold(id)),
        ...(limits ?? []).map((limit) => ({ ...limit, color: Color.GREY })),
      ],
      ...(right && { right: [...right], rightYAxis: axis(rightUnit) }),
    });
  }

  #threshold(id: AlarmId): HorizontalAnnotation[] {
    const value = this.#thresholds.get(id);
    return value === undefined ? [] : [{ label: id, value, color: Color.RED }];
  }
}

function axis(unit: string | undefined): YAxisProps {
  return { min: 0, ...(unit !== undefined && { label: unit, showUnits: false }) };
}
